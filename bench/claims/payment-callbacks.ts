import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { signCallback } from '../../scripts/callbacks/sign.ts'
import { askChild, startChild } from '../harness/children.ts'
import type { BenchOptions, LoadRequest, Measured, ServerClaim } from '../harness/claim.ts'
import type { OpenLoadResult } from '../harness/open-loop-child.ts'
import { adminHeaders } from '../harness/tokens.ts'

const RATE_PER_S = 200
const WARM_UP_S = 4
const SECRET = 'whsec_of-the-provider-bench-1234567890'
const PATH = '/v1/payments/callbacks/bench'
const MS_PER_S = 1000
/** More than come in the time, since arrivals are random. */
const SPARE = 1.5
/** Time for what waits to be applied, in ms. */
const PATIENCE_MS = 120_000
const POLL_MS = 200

/** A callback that was never sent before, for a payment of one of the users. */
function callbackOf (user: number): LoadRequest {
  const id = randomUUID()
  const body = JSON.stringify({ id, type: 'payment.succeeded', created: Math.floor(Date.now() / MS_PER_S), data: { payment_id: id, user_id: user, amount: '10.000000' } })
  return { method: 'POST', path: PATH, headers: { 'content-type': 'application/json', 'sahm-signature': signCallback(body, [SECRET]) }, body }
}

/** One callback, on which both servers must agree, and the question what waits to be applied. */
async function prepare (fastify: FastifyInstance): Promise<LoadRequest[]> {
  return [callbackOf(1), { method: 'GET', path: '/v1/admin/payment-events?status=received&limit=1', headers: adminHeaders(fastify) }]
}

/** Time until nothing waits, in ms; NaN if nobody is at it. */
async function waitForAll (address: string, { path, headers }: LoadRequest): Promise<number> {
  if (!/^# HELP job_attempts_total /m.test(await (await fetch(`${address}/metrics`)).text())) return NaN
  const startedAt = performance.now()
  while (performance.now() - startedAt < PATIENCE_MS) {
    const { data } = await (await fetch(`${address}${path}`, { headers })).json() as { data: unknown[] }
    if (data.length === 0) return performance.now() - startedAt
    await delay(POLL_MS)
  }
  throw new Error('Not everything was applied')
}

async function measure (address: string, [, question]: LoadRequest[], { seconds, connections, users }: BenchOptions): Promise<Measured> {
  const child = startChild('open-loop-child.ts', {})
  async function drive (length: number) {
    const request = Array.from({ length: RATE_PER_S * length * SPARE }, (_, n) => callbackOf(1 + n % users))
    return await askChild<OpenLoadResult>(child, { address, streams: [{ name: 'callback', part: 1, request }], rate: RATE_PER_S, seconds: length, connections })
  }
  await drive(WARM_UP_S)
  await waitForAll(address, question as LoadRequest)
  const { fates: { callback }, lagP99Ms } = await drive(seconds)
  const appliedMs = await waitForAll(address, question as LoadRequest)
  child.disconnect()
  if (callback === undefined) throw new Error('The stream is missing')
  return {
    acknowledged_per_second: callback.inTime / seconds,
    p50_ms: callback.p50Ms,
    p99_ms: callback.p99Ms,
    refused_or_failed: callback.refused + callback.failed,
    all_applied_after_ms: appliedMs,
    load_lag_p99_ms: lagP99Ms
  }
}

const claim: ServerClaim = {
  kind: 'servers',
  question: 'Are 200 callbacks a second kept and acknowledged within 50 ms (p99), and what does it cost them that the same process applies them meanwhile?',
  variants: [
    { name: 'kept', database: 'kept', env: { PAYMENT_PROVIDERS: `bench:${SECRET}`, JOBS_CONCURRENCY: 0 } },
    { name: 'kept and applied', database: 'applied', env: { PAYMENT_PROVIDERS: `bench:${SECRET}`, JOBS_CONCURRENCY: 10 } }
  ],
  status: 202,
  defaults: { rounds: 3, seconds: 10, connections: 50 },
  prepare,
  measure
}
export default claim
