import { setTimeout as delay } from 'node:timers/promises'
import { startRedis } from '../../scripts/chaos/redis.ts'
import type { MeasureClaim, Measured } from '../harness/claim.ts'
import { isGood, isRefused, p50, p99, percentOf, phasesOf, returnOf } from '../harness/outage-numbers.ts'
import { rideOut, setUp, type Course } from '../harness/outages.ts'
import type { Stream } from '../harness/open-loop-child.ts'
import { sumOf } from '../harness/scrape.ts'

type Redis = NonNullable<Awaited<ReturnType<typeof startRedis>>>

const POLL_MS = 50
/** Longest look at a Redis that is back. */
const PATIENCE_MS = 9000

interface Uses {
  values: number
  budgets: boolean
}

/** Whether Redis is used: values that it was asked for so far, and whether it shares the budgets of callers. */
async function readUses (address: string): Promise<Uses> {
  const text = await (await fetch(`${address}/metrics`)).text()
  const values = text.split('\n').filter((line) => line.startsWith('cache_reads_total{') && line.includes('tier="shared"')).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  return { values, budgets: sumOf(text, 'rate_limits_fleet_away') === 0 }
}

/** Time until Redis is used again by the cache and by the budgets, in ms; NaN if it is not. */
async function timeUses (address: string): Promise<Measured> {
  const startedAt = performance.now()
  const { values: before } = await readUses(address)
  const times = { back_values_ms: NaN, back_budgets_ms: NaN }
  while (performance.now() - startedAt < PATIENCE_MS && Object.values(times).some(Number.isNaN)) {
    const { values, budgets } = await readUses(address)
    const ms = performance.now() - startedAt
    if (values > before && Number.isNaN(times.back_values_ms)) times.back_values_ms = ms
    if (budgets && Number.isNaN(times.back_budgets_ms)) times.back_budgets_ms = ms
    await delay(POLL_MS)
  }
  return times
}

/** What became of the requests while Redis was away. */
function numbersOf (course: Course): Measured {
  const { before, during, after } = phasesOf(course)
  const streams = ['kept', 'valued', 'read', 'write']
  const of = (name: string) => during.filter(({ stream }) => stream === name)
  return {
    before_p99_ms: p99(before),
    ...Object.fromEntries(streams.flatMap((name) => [[`${name}_good_percent`, percentOf(of(name), isGood)], [`${name}_p50_ms`, p50(of(name))], [`${name}_p99_ms`, p99(of(name))]])),
    refused: during.filter(isRefused).length,
    after_p99_ms: p99(after),
    ...returnOf(course, [])
  }
}

/** A server and a Redis of their own for each turn. */
async function measure (strike: (redis: Redis) => void | Promise<void>, mend: (redis: Redis) => void | Promise<void>): Promise<Measured> {
  const redis = await startRedis()
  if (redis === null) throw new Error('redis-server is not installed')
  const { requests, startServer } = await setUp()
  const server = await startServer({ REDIS_URL: redis.url })
  const address = server.match[1] ?? ''
  const streams: Stream[] = [
    { name: 'kept', part: 40, request: requests.kept }, { name: 'valued', part: 30, request: requests.valued },
    { name: 'read', part: 20, request: requests.read }, { name: 'write', part: 10, request: requests.write }
  ]
  let used: Measured = {}
  try {
    const course = await rideOut({ address, streams, strike: () => strike(redis), mend: () => mend(redis), watch: async () => { used = await timeUses(address) } })
    return { ...numbersOf(course), ...used }
  } finally {
    await server.kill()
    await redis.close()
  }
}

const claim: MeasureClaim = {
  kind: 'measures',
  question: 'What do 100 requests a second see when Redis is away for 10 s and comes back empty? (limits: everything is answered as before, and it is used again within 2 s)',
  usesDatabase: true,
  variants: [
    { name: 'it is killed', measure: () => measure((redis) => redis.kill(), (redis) => redis.start()) },
    { name: 'it is stopped', measure: () => measure((redis) => { redis.pause() }, (redis) => { redis.resume() }) }
  ]
}
export default claim
