import { credentials, renew } from './session.js'

/** @typedef {import('../../schemas/ops.ts').OpsSnapshot} Snapshot */
/** @typedef {import('../../schemas/ops.ts').OpsSlowQuery} SlowQuery */
/** @typedef {'connecting' | 'live' | 'lost'} State */
/**
 * @typedef {object} Show
 * @property {(snapshot: Snapshot) => void} snapshot
 * @property {(queries: SlowQuery[]) => void} slowQueries
 * @property {(state: State) => void} state
 */
/** How a stream has ended: status of its answer, what it said at its end, and when to come again. */
/** @typedef {{ status?: number, reason?: string, retryMs: number }} End */

const RETRY_MS = 3000
/** Time without a word, heartbeats included, after which a connection is taken for lost. */
const SILENCE_MS = 15_000

/**
 * Texts of events, without heartbeats.
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} hear called whenever something comes
 */
async function * eventsOf (body, hear) {
  const reader = body.pipeThrough(/** @type {ReadableWritablePair<string, Uint8Array>} */ (new TextDecoderStream())).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    hear()
    const parts = (rest + value).split('\n\n')
    rest = parts.pop() ?? ''
    yield * parts.filter((part) => part !== ':')
  }
}

/** @param {string} event */
function fieldsOf (event) {
  /** @type {Record<string, string>} */
  const fields = Object.fromEntries(event.split('\n').map((line) => line.split(/: (.*)/)))
  return { name: fields.event, data: JSON.parse(fields.data ?? 'null'), retryMs: Number(fields.retry ?? RETRY_MS) }
}

/**
 * Shows one stream to its end.
 * @param {Show} show
 * @param {AbortSignal} signal
 * @returns {Promise<End>}
 */
async function readOnce (show, signal) {
  const silence = new AbortController()
  let timer = setTimeout(() => { silence.abort() }, SILENCE_MS)
  function hear () {
    clearTimeout(timer)
    timer = setTimeout(() => { silence.abort() }, SILENCE_MS)
  }
  try {
    const answer = await fetch('/v1/ops/stream', { headers: credentials(), credentials: 'omit', cache: 'no-store', signal: AbortSignal.any([signal, silence.signal]) })
    if (!answer.ok || answer.body === null) return { status: answer.status, retryMs: RETRY_MS }
    show.state('live')
    for await (const event of eventsOf(answer.body, hear)) {
      const { name, data, retryMs } = fieldsOf(event)
      if (name === 'snapshot') show.snapshot(data)
      if (name === 'slow-queries') show.slowQueries(data)
      if (name === 'end') return { reason: data.reason, retryMs }
    }
    return { retryMs: RETRY_MS }
  } catch {
    return { retryMs: RETRY_MS }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Follows the server until the session ends, and comes again whenever a stream does; returns why it has ended.
 * @param {Show} show
 * @param {AbortSignal} signal
 * @returns {Promise<'ended' | 'notAdmin' | undefined>}
 */
export async function follow (show, signal) {
  show.state('connecting')
  for (;;) {
    const { status, reason, retryMs } = await readOnce(show, signal)
    if (signal.aborted) return undefined
    if (status === 403) return 'notAdmin'
    if (status === 401 || reason === 'expired') {
      const refusal = await renew()
      if (refusal === 'ended') return 'ended'
      if (refusal === undefined) continue
    }
    show.state('lost')
    await new Promise((resolve) => {
      setTimeout(resolve, retryMs)
      signal.addEventListener('abort', resolve, { once: true })
    })
    if (signal.aborted) return undefined
  }
}
