/** @typedef {'wrong' | 'tooMany' | 'unreachable' | 'ended'} Refusal */

/** Tokens live in this module alone: a reload, or another page, has none. */
/** @type {{ access: string, refresh: string } | undefined} */
let tokens
/** Whether the board of queues was opened: its cookie ends with the access token, and is renewed with it. */
let hasBoard = false

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<Response | undefined>} nothing if nobody answers
 */
async function post (path, body) {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  return await fetch(path, { ...init, credentials: 'omit', cache: 'no-store' }).catch(() => undefined)
}

/** @param {Response} answer */
async function keep (answer) {
  const { access_token: access, refresh_token: refresh } = await answer.json()
  tokens = { access, refresh }
}

/** Headers of a signed-in request. */
export const credentials = () => ({ authorization: `Bearer ${tokens?.access}` })

/**
 * Begins a session; returns why it did not.
 * @param {string} username
 * @param {string} password
 * @returns {Promise<Refusal | undefined>}
 */
export async function signIn (username, password) {
  const answer = await post('/v1/sessions', { username, password })
  if (answer === undefined || answer.status >= 500) return 'unreachable'
  if (!answer.ok) return answer.status === 429 ? 'tooMany' : 'wrong'
  await keep(answer)
  return undefined
}

/**
 * Renews it; returns why it did not.
 * @returns {Promise<Refusal | undefined>}
 */
export async function renew () {
  const answer = await post('/v1/sessions/refresh', { refresh_token: tokens?.refresh ?? '' })
  if (answer === undefined || answer.status >= 500 || answer.status === 429) return 'unreachable'
  if (!answer.ok) return 'ended'
  await keep(answer)
  if (hasBoard) await openBoard()
  return undefined
}

/** Asks for the cookie of the board of queues, which this page never sees. */
export async function openBoard () {
  hasBoard = true
  await fetch('/v1/ops/queues/session', { method: 'POST', headers: credentials(), credentials: 'same-origin', cache: 'no-store' }).catch(() => undefined)
}

/** Ends it, here at once, and on the server if that can be reached. */
export async function signOut () {
  if (tokens === undefined) return
  const headers = credentials()
  tokens = undefined
  hasBoard = false
  await fetch('/v1/sessions', { method: 'DELETE', headers, credentials: 'omit' }).catch(() => undefined)
}
