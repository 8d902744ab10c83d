import { randomUUID } from 'node:crypto'
import type { Client } from '../client.ts'
import type { Deed, Scene } from '../scene.ts'

const PEOPLE = ['demo-user', 'demo-vip', 'demo-analyst'] as const
const PASSWORD = 'demo-password'
const MAX_SESSIONS = 24
/** Names that somebody guesses at: what is remembered of them is soon complete. */
const GUESSED = 40
const UNKNOWN_KEYS = 100

interface Tokens {
  access_token: string
  refresh_token: string
}

/** Sessions that nobody is just renewing. */
const sessions: Tokens[] = []

async function exchange (client: Client, path: string, body: object, headers: Record<string, string>): Promise<number> {
  const answer = await client.send({ method: 'POST', path, body, headers })
  if (answer.status === 200 || answer.status === 201) sessions.push(JSON.parse(answer.body) as Tokens)
  return answer.status
}

/** Begins a session, and ends the oldest of many. */
async function signIn ({ client, random, address }: Scene): Promise<number> {
  if (sessions.length > MAX_SESSIONS) {
    const ended = sessions.shift()
    await client.send({ method: 'DELETE', path: '/v1/sessions', headers: { authorization: `Bearer ${ended?.access_token}` } })
  }
  return await exchange(client, '/v1/sessions', { username: random.pick(PEOPLE), password: PASSWORD }, address())
}

async function refresh (scene: Scene): Promise<number> {
  const session = sessions.shift()
  if (session === undefined) return await signIn(scene)
  return await exchange(scene.client, '/v1/sessions/refresh', { refresh_token: session.refresh_token }, scene.address())
}

async function guess ({ client, random }: Scene): Promise<number> {
  const { status } = await client.send({ method: 'POST', path: '/v1/sessions', headers: { 'x-forwarded-for': '10.8.0.1' }, body: { username: `nobody-${random.below(GUESSED)}`, password: PASSWORD } })
  return status
}

async function signUp ({ client, address }: Scene): Promise<number> {
  const { status } = await client.send({ method: 'POST', path: '/v1/users', headers: address(), body: { username: `soak-${randomUUID().slice(0, 12)}`, password: `only-for-this-run-${randomUUID()}` } })
  return status
}

/** A key is made, used twice and revoked. */
async function useKey ({ client, vip }: Scene): Promise<number> {
  const made = await client.send({ method: 'POST', path: '/v1/api-keys', headers: vip, body: { name: 'soak', scope: 'read' } })
  if (made.status !== 201) return made.status
  const { id, key } = JSON.parse(made.body) as { id: string, key: string }
  for (let n = 0; n < 2; n++) await client.send({ path: '/v1/users/me/stats', headers: { 'x-api-key': key } })
  const { status } = await client.send({ method: 'DELETE', path: `/v1/api-keys/${id}`, headers: vip })
  return status
}

async function tryKey ({ client, random, address }: Scene): Promise<number> {
  const { status } = await client.send({ path: '/v1/users/me', headers: { ...address(), 'x-api-key': `sahm_${String(random.below(UNKNOWN_KEYS)).padStart(43, '0')}` } })
  return status
}

/** Who people are. */
export const SESSIONS: readonly Deed[] = [
  { name: 'sign-in', part: 0.5, statuses: [201], run: signIn },
  { name: 'refresh', part: 2, statuses: [200, 201], run: refresh },
  { name: 'guessed passwords', part: 0.4, statuses: [401, 429], run: guess },
  { name: 'sign-up', part: 0.1, statuses: [201], run: signUp },
  { name: 'API key, made and revoked', part: 0.2, statuses: [204], run: useKey },
  { name: 'unknown API keys', part: 1, statuses: [401], run: tryKey }
]
