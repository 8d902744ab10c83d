import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { askChild, startChild } from '../harness/children.ts'
import type { BenchOptions, LoadRequest, Measured, ServerClaim } from '../harness/claim.ts'
import type { Fate, OpenLoadResult, Stream } from '../harness/open-loop-child.ts'
import type { LoadResult } from '../harness/load-child.ts'
import { scrape } from '../harness/scrape.ts'
import { adminHeaders } from '../harness/tokens.ts'

const TIMES_CAPACITY = 5
/** Of the capacity: nothing waits; much waits now and then, but none of it is too much; there is always something to do. */
const UNLOADED = 0.1
const BUSY = 0.7
const FULL = 1.2
/** Connections that bring the most answers per second; with more there are no more. */
const BUSY_CONNECTIONS = 2
/** Time for the limit to be found, and for the connections to be opened. */
const SETTLING_S = 2
/** A server that uses less CPU in this time is at rest. */
const IDLE_MS = 1000
const IDLE_CPU_S = 0.1
/** Answers in a row, within so many times the unloaded p50, that make a recovery. */
const RECOVERED_ANSWERS = 5
const TIMES_UNLOADED = 10
const RECOVERY_POLL_MS = 10
const RECOVERY_LIMIT_MS = 120_000
const MS_PER_S = 1000
const PROBE: LoadRequest = { method: 'GET', path: '/healthz' }
const QUERY = 'query Ranks { analysts(first: 100) { edges { node { id name bio rank isActive user { username } } } } }'

/** Made for each request, mostly by this process: analysts come from memory, so that the database does not compete for the machine. */
async function askForRanks (fastify: FastifyInstance): Promise<LoadRequest[]> {
  return [{ method: 'POST', path: '/graphql', headers: adminHeaders(fastify), body: JSON.stringify({ query: QUERY }) }]
}

/** Reads in great number, and what a balancer asks. */
const streamsOf = (reads: LoadRequest): Stream[] => [{ name: 'read', part: 98, request: reads }, { name: 'critical', part: 2, request: PROBE }]

/** Time from the end of a load until a new request has been answered within the limit, and so are those that follow it for a while; in ms. */
async function waitForRecovery (address: string, { path, ...request }: LoadRequest, limitMs: number): Promise<number> {
  const endedAt = performance.now()
  let recoveredAt = endedAt
  let inARow = 0
  while (inARow < RECOVERED_ANSWERS) {
    const startedAt = performance.now()
    if (startedAt - endedAt > RECOVERY_LIMIT_MS) throw new Error('The server does not recover')
    const { ok } = await fetch(address + path, request).then(async (response) => {
      await response.arrayBuffer()
      return response
    }, () => ({ ok: false }))
    const answeredAt = performance.now()
    const isUsual = ok && answeredAt - startedAt <= limitMs
    if (isUsual && inARow === 0) recoveredAt = answeredAt
    inARow = isUsual ? inARow + 1 : 0
    if (!isUsual) await delay(RECOVERY_POLL_MS)
  }
  return recoveredAt - endedAt
}

/** Waits until a server has done what the load has left to it, which would slow the other one. */
async function quieten (address: string): Promise<void> {
  let before = await scrape(address)
  for (let isBusy = true; isBusy;) {
    await delay(IDLE_MS)
    const now = await scrape(address)
    isBusy = now.cpuSeconds - before.cpuSeconds > IDLE_CPU_S
    before = now
  }
}

async function measure (address: string, requests: LoadRequest[], { seconds, connections }: BenchOptions): Promise<Measured> {
  const closed = startChild('load-child.ts', {})
  const saturate = () => askChild<LoadResult>(closed, { address, requests, connections: BUSY_CONNECTIONS, until: { duration: seconds } })
  // the first time compiles what is hot
  await saturate()
  const { requestsPerSecond: capacity } = await saturate()
  closed.disconnect()

  const open = startChild('open-loop-child.ts', {})
  const drive = (rate: number, length: number) =>
    askChild<OpenLoadResult>(open, { address, streams: streamsOf(requests[0] as LoadRequest), rate, seconds: length, connections })
  const { fates: { read: unloaded } } = await drive(capacity * UNLOADED, seconds)
  const { fates: { read: busy } } = await drive(capacity * BUSY, seconds)
  const { fates: { read: full } } = await drive(capacity * FULL, seconds)
  await drive(capacity * TIMES_CAPACITY, SETTLING_S)
  const recovering = delay(seconds * MS_PER_S).then(() => waitForRecovery(address, requests[0] as LoadRequest, TIMES_UNLOADED * Number(unloaded?.p50Ms)))
  const [{ fates: { read, critical }, lagP99Ms }, recoveredAfterMs] = await Promise.all([drive(capacity * TIMES_CAPACITY, seconds), recovering])
  open.disconnect()
  await quieten(address)
  if (unloaded === undefined || busy === undefined || full === undefined || read === undefined || critical === undefined) throw new Error('A stream is missing')
  const refusedPercent = ({ succeeded, refused, failed }: Fate) => 100 * refused / (succeeded + refused + failed)
  return {
    capacity_per_second: capacity,
    refused_percent_when_busy: refusedPercent(busy),
    peak_per_second: full.inTime / seconds,
    answers_per_second: read.inTime / seconds,
    goodput_of_peak: read.inTime / full.inTime,
    unloaded_p99_ms: unloaded.p99Ms,
    admitted_p50_ms: read.p50Ms,
    admitted_p99_ms: read.p99Ms,
    p99_times_unloaded: read.p99Ms / unloaded.p99Ms,
    refused_percent: refusedPercent(read),
    refused_p50_ms: read.refusedP50Ms,
    refused_p99_ms: read.refusedP99Ms,
    failed: read.failed,
    failed_percent: 100 * read.failed / (read.succeeded + read.refused + read.failed),
    unserved_percent: 100 * (read.failed + read.refused) / (read.succeeded + read.refused + read.failed),
    recovered_after_ms: recoveredAfterMs,
    critical_refused_or_failed: critical.refused + critical.failed,
    critical_p99_ms: critical.p99Ms,
    load_lag_p99_ms: lagP99Ms
  }
}

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What does a server do that is asked for five times what it can? (limits: goodput 0.9 of its peak, p99 of what is admitted three times the unloaded one, refusals within 10 ms, nothing critical refused)',
  variants: [{ name: 'without load shedding', env: { OPTIMIZATIONS_OFF: 'response-cache,load-shedding' } }, { name: 'load shedding', env: { OPTIMIZATIONS_OFF: 'response-cache', SHEDDING_MIN_IN_FLIGHT: 4 } }],
  defaults: { rounds: 3, seconds: 8, connections: 1000 },
  prepare: askForRanks,
  measure
}
export default claim
