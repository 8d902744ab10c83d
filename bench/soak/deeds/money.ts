import { randomUUID } from 'node:crypto'
import { signCallback } from '../../../scripts/callbacks/sign.ts'
import type { Shot } from '../client.ts'
import { USERS, type Deed, type Scene } from '../scene.ts'

/** A payment provider that the server knows. */
export const PROVIDER = { name: 'soak', secret: 'signs-callbacks-of-a-run-that-ends-soon' }
const MS_PER_S = 1000
/** One of so many writes is sent again. */
const AGAIN_EVERY = 3
const PURCHASE = 'mutation Buy { createSubscription(input: { plan: VIP, months: 1 }) { transactionId } }'

/** A request that moves money, sent again now and then, as by a client that has lost the answer. */
async function sendOnce ({ client, random }: Scene, { headers, ...shot }: Shot): Promise<number> {
  const keyed = { method: 'POST', ...shot, headers: { ...headers, 'idempotency-key': randomUUID() } }
  const { status } = await client.send(keyed)
  if (random.below(AGAIN_EVERY) > 0) return status
  const again = await client.send(keyed)
  return again.status
}

function withdraw (scene: Scene): Promise<number> {
  return sendOnce(scene, { path: '/v1/withdrawals', headers: scene.vip, body: { ...scene.wallet, amount: `${scene.random.between(10, 900)}.000000` } })
}

function adjust (scene: Scene): Promise<number> {
  const body = { user_id: scene.random.between(1, USERS), amount: `${scene.random.between(1, 9)}.000000`, reason: 'soak' }
  return sendOnce(scene, { path: '/v1/admin/adjustments', headers: scene.admin, body })
}

async function tellOfPayment ({ client, random }: Scene): Promise<number> {
  const id = randomUUID()
  const body = JSON.stringify({ id, type: 'payment.succeeded', created: Math.floor(Date.now() / MS_PER_S), data: { payment_id: id, user_id: random.between(1, USERS), amount: '10.000000' } })
  const { status } = await client.send({ method: 'POST', path: `/v1/payments/callbacks/${PROVIDER.name}`, headers: { 'sahm-signature': signCallback(body, [PROVIDER.secret]) }, body })
  return status
}

/** Published, changed by its version and closed: each of them makes kept answers stale. */
async function publish ({ client, analyst, random }: Scene): Promise<number> {
  const entry = random.between(50_000, 60_000)
  const made = await client.send({ method: 'POST', path: '/v1/signals', headers: analyst, body: { symbol: 'BTCUSDT', side: 'buy', entry: String(entry), targets: [String(entry + 1000)], stop_loss: String(entry - 1000) } })
  if (made.status !== 201) return made.status
  const { id } = JSON.parse(made.body) as { id: string }
  const { status } = await client.send({ method: 'PATCH', path: `/v1/signals/${id}`, headers: { ...analyst, 'if-match': String(made.headers.etag) }, body: { status: 'cancelled' } })
  return status
}

/** What changes something. */
export const WRITES: readonly Deed[] = [
  { name: 'subscriptions', part: 1, statuses: [201], run: (scene) => sendOnce(scene, { path: '/v1/subscriptions', headers: scene.random.pick([scene.vip, scene.analyst]), body: { plan: 'vip', months: 1 } }) },
  { name: 'subscriptions, GraphQL', part: 0.5, statuses: [200], run: (scene) => sendOnce(scene, { path: '/graphql', headers: scene.vip, body: { query: PURCHASE } }) },
  { name: 'withdrawals', part: 0.5, statuses: [201], run: withdraw },
  { name: 'adjustments', part: 1, statuses: [201], run: adjust },
  { name: 'payments', part: 1, statuses: [202], run: tellOfPayment },
  { name: 'signals, made and closed', part: 0.3, statuses: [200], run: publish }
]
