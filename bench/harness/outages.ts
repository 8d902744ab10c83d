import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { compile } from '../../scripts/chaos/compiled.ts'
import { startProgram } from '../../scripts/chaos/processes.ts'
import type { Environment } from '../../schemas/config.ts'
import { askForAnalyst } from './analysts-page.ts'
import { askChild, endChild, startChild } from './children.ts'
import type { LoadRequest } from './claim.ts'
import { findDatabase, nameDatabase, prepareDatabase } from './database.ts'
import type { Stream } from './open-loop-child.ts'
import type { Mark } from './timeline-child.ts'
import { adminHeaders } from './tokens.ts'

const USERS = 2000
/** Requests in a second, well below what one instance can. */
const RATE = 100
/** Time before the outage, its length, and time after it. */
const BEFORE_S = 6
const AWAY_S = 10
const AFTER_S = 10
const SECONDS = BEFORE_S + AWAY_S + AFTER_S
const MS_PER_S = 1000
const UNLIMITED = 1_000_000_000
/** What the outage does is measured, not what else loads the machine. */
const ENV: Environment = { NODE_ENV: 'production', LOG_LEVEL: 'info', JOBS_CONCURRENCY: 0, RATE_LIMIT_ANONYMOUS: UNLIMITED, RATE_LIMIT_ADMIN: UNLIMITED, SHEDDING_MIN_IN_FLIGHT: 1000, SHEDDING_MAX_DELAY_MS: 60_000 }

/** Requests by what they need: a kept answer, a value that may be kept, always the database, a transaction. */
export type Kind = 'kept' | 'valued' | 'read' | 'write'
export type Requests = Record<Kind, LoadRequest[]>

/** Writes that move money, each with a key of its own. */
const writesOf = (headers: Record<string, string>): LoadRequest[] => Array.from({ length: RATE * SECONDS }, (_, n) => ({
  method: 'POST', path: '/v1/admin/adjustments', headers: { ...headers, 'idempotency-key': randomUUID() }, body: JSON.stringify({ user_id: 1 + n % USERS, amount: '1.000000', reason: 'outage' })
}))

/** A database with data, the server's programs, and what to ask; made once for all turns. */
async function prepare () {
  const [uri, { programs }] = await Promise.all([findDatabase(), compile()])
  const env: Environment = { ...ENV, MONGODB_URI: uri, MONGODB_DATABASE: nameDatabase('outage'), JWT_SECRET: randomBytes(32).toString('hex') }
  const requests = await prepareDatabase(env, USERS, async (fastify): Promise<Requests> => {
    const headers = adminHeaders(fastify)
    const get = (path: string): LoadRequest => ({ method: 'GET', path, headers })
    const open = (path: string): LoadRequest => ({ method: 'GET', path })
    return {
      kept: [await askForAnalyst(fastify), open('/v1/analysts?limit=35'), open('/v1/signals?status=hit&limit=20')],
      valued: Array.from({ length: USERS }, (_, n) => get(`/v1/users/${n + 1}/stats`)),
      read: Array.from({ length: USERS }, (_, n) => get(`/v1/users?limit=${1 + n % 10}`)),
      write: writesOf(headers)
    }
  })
  return { uri, program: programs.api, env, requests }
}

let prepared: ReturnType<typeof prepare> | undefined

/** What the measurements of outages have in common; the server is started with an environment. */
export async function setUp () {
  const { uri, program, env, requests } = await (prepared ??= prepare())
  return {
    uri,
    requests,
    startServer: (own: Environment) => startProgram({
      command: process.execPath,
      args: [program],
      env: Object.fromEntries(Object.entries({ ...env, PORT: 0, ...own }).map(([name, value]) => [name, String(value)])),
      ready: /Server listening at (http:\/\/[\d.:]+)/
    })
  }
}

interface Outage {
  address: string
  streams: Stream[]
  /** Takes something away, and gives it back. */
  strike: () => void | Promise<void>
  mend: () => void | Promise<void>
  /** Looks on after it is back. */
  watch?: () => Promise<void>
}

const now = (): number => performance.timeOrigin + performance.now()

/** Loads a server steadily while something that it needs goes away and comes back; times are in ms since the epoch. */
export async function rideOut ({ address, streams, strike, mend, watch }: Outage) {
  const child = startChild('timeline-child.ts', {})
  // compiles what is hot and keeps what can be kept
  await askChild<Mark[]>(child, { address, streams, rate: RATE, seconds: BEFORE_S })
  const load = askChild<Mark[]>(child, { address, streams, rate: RATE, seconds: SECONDS })
  await delay(BEFORE_S * MS_PER_S)
  const struckAt = now()
  await strike()
  await delay(struckAt + AWAY_S * MS_PER_S - now())
  const mendedAt = now()
  await mend()
  const [marks] = await Promise.all([load, watch?.()])
  await endChild(child)
  return { marks, struckAt, mendedAt }
}
export type Course = Awaited<ReturnType<typeof rideOut>>
