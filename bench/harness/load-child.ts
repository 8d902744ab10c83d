import autocannon from 'autocannon'
import type { LoadRequest } from './claim.ts'
import { percentile } from './statistics.ts'

export interface Load {
  address: string
  requests: LoadRequest[]
  connections: number
  /** When to stop: after a time, which cuts off requests under way, or after a number of requests. */
  until: { duration: number } | { amount: number }
}

export interface LoadResult {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  /** Of a whole answer, head and body, as it came. */
  bytesPerAnswer: number
  failed: number
}

/** Time in seconds after which a request counts as failed. */
const REQUEST_LIMIT_S = 30
const MS_PER_S = 1000

/** Starts autocannon; each latency, in ms, and length are told as they come. */
function run ({ address, requests, connections, until }: Load, onAnswer: (milliseconds: number, bytes: number) => void): Promise<autocannon.Result> {
  return new Promise((resolve, reject) => {
    const instance = autocannon({ url: address, requests, connections, timeout: REQUEST_LIMIT_S, ...until }, (error: unknown, result) => {
      if (error instanceof Error) reject(error)
      else resolve(result)
    })
    instance.on('response', (_client, _status, bytes, milliseconds) => { onAnswer(milliseconds, bytes) })
  })
}

/** Loads one server for a bounded time and count. Times are our own: autocannon's are whole milliseconds and seconds. */
async function drive (load: Load): Promise<LoadResult> {
  const latencies: number[] = []
  const startedAt = performance.now()
  let endedAt = startedAt
  let received = 0
  const { '4xx': refused, '5xx': broken, errors, timeouts } = await run(load, (milliseconds, bytes) => {
    latencies.push(milliseconds)
    received += bytes
    endedAt = performance.now()
  })
  return {
    requestsPerSecond: latencies.length / (endedAt - startedAt) * MS_PER_S,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    bytesPerAnswer: received / latencies.length,
    failed: refused + broken + errors + timeouts
  }
}

/* A process of its own, so that making the load costs the server nothing but its share of the machine. */
process.once('disconnect', () => process.exit())
process.on('message', (load: Load) => {
  drive(load).then((result) => process.send?.(result), (error: unknown) => { throw error })
})
