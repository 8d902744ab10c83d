import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { BenchOptions, LoadRequest, Measured, ServerClaim } from '../harness/claim.ts'
import { percentile } from '../harness/statistics.ts'
import { adminHeaders } from '../harness/tokens.ts'

const PATH = '/v1/admin/adjustments'
const WARM_UP_S = 2
const MS_PER_S = 1000
const SECONDS_PER_MINUTE = 60

/** What both servers must agree on, which moves no money, and whose headers the rest has. */
async function prepare (fastify: FastifyInstance): Promise<LoadRequest[]> {
  return [{ method: 'GET', path: '/v1/users/me', headers: adminHeaders(fastify) }]
}

/** Moves money for one of the users, by a request that was never sent before. */
async function adjust (address: string, headers: LoadRequest['headers'], user: number): Promise<void> {
  const response = await fetch(`${address}${PATH}`, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': randomUUID() },
    body: JSON.stringify({ user_id: user, amount: '1.000000', reason: 'bench' })
  })
  const answer = await response.text()
  if (response.status !== 201) throw new Error(`${response.status}: ${answer}`)
}

/** Each connection sends its next request when the last one is answered. Resolves with their times, in ms. */
async function drive (address: string, [question]: LoadRequest[], { seconds, connections, users }: BenchOptions): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + seconds * MS_PER_S
  await Promise.all(Array.from({ length: connections }, async (_, connection) => {
    for (let n = connection; performance.now() < end; n += connections) {
      const startedAt = performance.now()
      await adjust(address, question?.headers, 1 + n % users)
      times.push(performance.now() - startedAt)
    }
  }))
  return times
}

async function measure (address: string, requests: LoadRequest[], options: BenchOptions): Promise<Measured> {
  await drive(address, requests, { ...options, seconds: WARM_UP_S })
  const times = await drive(address, requests, options)
  return {
    transactions_per_minute: times.length / options.seconds * SECONDS_PER_MINUTE,
    p50_ms: percentile(times, 0.5),
    p99_ms: percentile(times, 0.99)
  }
}

const claim: ServerClaim = {
  kind: 'servers',
  question: 'How many transactions of the ledger a minute, end to end, each with its idempotency key and audit entry, and what does it cost them to keep the caches true?',
  variants: [
    { name: 'without caches', env: { OPTIMIZATIONS_OFF: 'value-cache,response-cache' } },
    { name: 'with caches', env: {} }
  ],
  defaults: { rounds: 3, seconds: 10, connections: 8 },
  prepare,
  measure
}
export default claim
