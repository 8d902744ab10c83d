import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { askForAnalyst } from '../harness/analysts-page.ts'
import { askChild, startChild } from '../harness/children.ts'
import type { BenchOptions, LoadRequest, Measured, ServerClaim } from '../harness/claim.ts'
import type { Fate, OpenLoadResult } from '../harness/open-loop-child.ts'

const PORT = 6398
const REDIS_URL = `redis://127.0.0.1:${PORT}`
const OPTIMIZATIONS_OFF = 'response-cache,value-cache,cache-warming'
/** Requests in a second, well below what one instance can. */
const RATE = 300
const MS_PER_S = 1000

/** A Redis of this bench's own, from PATH. */
async function startRedis (): Promise<ChildProcess> {
  const redis = spawn('redis-server', ['--port', String(PORT), '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => redis.kill('SIGKILL'))
  for await (const line of redis.stdout) if (String(line).includes('Ready to accept connections')) break
  redis.stdout.resume()
  // it ends with the bench, and does not keep it
  redis.unref()
  const output = redis.stdout as Socket
  output.unref()
  return redis
}

async function kill (redis: ChildProcess): Promise<void> {
  redis.kill('SIGKILL')
  await once(redis, 'exit')
}

let redis: ChildProcess | undefined

/** Redis is killed in the middle of the load; what became of the requests before is compared with those after. */
async function measure (address: string, [request]: LoadRequest[], { seconds, connections }: BenchOptions): Promise<Measured> {
  redis ??= await startRedis()
  // the server notices a Redis that has come back within two seconds
  await delay(3 * MS_PER_S)
  const open = startChild('open-loop-child.ts', {})
  const drive = async (length: number): Promise<Fate> => {
    const streams = [{ name: 'read', part: 1, request: request as LoadRequest }]
    const { fates: { read } } = await askChild<OpenLoadResult>(open, { address, streams, rate: RATE, seconds: length, connections })
    if (read === undefined) throw new Error('The stream is missing')
    return read
  }
  await drive(seconds)
  const before = await drive(seconds)
  const [killed] = await Promise.all([drive(seconds), delay(MS_PER_S / 2).then(() => kill(redis as ChildProcess))])
  const away = await drive(seconds)
  redis = await startRedis()
  const back = await drive(seconds)
  open.disconnect()
  return {
    p99_ms_before: before.p99Ms,
    p99_ms_when_killed: killed.p99Ms,
    p99_ms_away: away.p99Ms,
    p99_ms_back: back.p99Ms,
    refused_or_failed: [before, killed, away, back].reduce((sum, { refused, failed }) => sum + refused + failed, 0),
    answered: [before, killed, away, back].reduce((sum, { succeeded }) => sum + succeeded, 0)
  }
}

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What do requests see when Redis, which shares the budgets, is killed and comes back?',
  variants: [{ name: 'without limits', env: { REDIS_URL, OPTIMIZATIONS_OFF: `${OPTIMIZATIONS_OFF},rate-limits` } }, { name: 'limits', env: { REDIS_URL, OPTIMIZATIONS_OFF } }],
  defaults: { rounds: 3, seconds: 4, connections: 200 },
  async prepare (fastify) {
    redis = await startRedis()
    return [await askForAnalyst(fastify)]
  },
  measure
}
export default claim
