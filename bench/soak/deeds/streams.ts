import type { Deed, Scene } from '../scene.ts'

const EXPORTS = ['users.ndjson', 'users.csv', 'signals.ndjson', 'transactions.csv'] as const
const MONTH_LENGTH = 7
const MAX_WATCH_MS = 15_000
const MAX_PATIENCE_MS = 60
const LEFT = ['/v1/signals?limit=100', '/v1/users?limit=100', '/v1/exports/transactions.ndjson', '/graphql?query={signals(first:100){edges{node{id analyst{name}}}}}'] as const

const month = (): string => new Date().toISOString().slice(0, MONTH_LENGTH)

async function take ({ client, random }: Scene, path: string, headers: Record<string, string>): Promise<number> {
  const { status } = await client.send({ path, headers: { ...headers, 'accept-encoding': random.pick(['identity', 'gzip']) } })
  return status
}

/** Watches the page of operators for a while and goes. */
async function watch ({ client, random, admin }: Scene): Promise<number> {
  await client.leave({ path: '/v1/ops/stream', headers: admin }, random.between(1, MAX_WATCH_MS))
  return 0
}

async function leave ({ client, random, admin }: Scene): Promise<number> {
  await client.leave({ path: encodeURI(random.pick(LEFT)), headers: admin }, random.below(MAX_PATIENCE_MS))
  return 0
}

/** Posts a body of which the end never comes. */
async function stopTalking ({ client, random, vip }: Scene): Promise<number> {
  await client.leave({ method: 'POST', path: '/v1/subscriptions', headers: { ...vip, 'content-length': '1000' }, body: '{"plan":' }, random.below(MAX_PATIENCE_MS))
  return 0
}

/** What takes a while, and clients who do not wait for it. */
export const STREAMS: readonly Deed[] = [
  { name: 'exports', part: 0.3, statuses: [200], run: (scene) => take(scene, `/v1/exports/${scene.random.pick(EXPORTS)}`, scene.admin) },
  { name: 'statements', part: 0.5, statuses: [200], run: (scene) => take(scene, `/v1/users/me/transactions.csv?month=${month()}`, scene.random.pick(scene.readers)) },
  { name: 'readers of events', part: 0.3, statuses: [0], run: watch },
  { name: 'clients that leave', part: 3, statuses: [0], run: leave },
  { name: 'clients that stop talking', part: 0.5, statuses: [0], run: stopTalking }
]
