import { setTimeout as delay } from 'node:timers/promises'
import { openBooks } from './books.ts'
import { createCrew, type Crew } from './crew.ts'
import type { Operation } from './operation.ts'
import { startRedis } from './redis.ts'
import { startServer, type Role, type Server, type ServerOptions } from './server.ts'
import type { Killable } from './strikes.ts'

/** How long the database keeps the transaction of somebody who has died: a minute, made short here. */
const TRANSACTION_LIFE_MS = 500
const UNAVAILABLE = 503
const SIGN_IN_TRIES = 20
const SIGN_IN_PAUSE_MS = 500
const NAMES = ['demo-user', 'demo-vip', 'demo-analyst', 'demo-admin'] as const

export interface WorldOptions extends ServerOptions {
  roles: readonly Role[]
  /** Without Redis jobs are done from the database. */
  hasRedis: boolean
  /** The database server; null where it must not be killed. */
  engine: Killable | null
}

/** A token of a user; a machine that is busy refuses, and is asked again. */
async function signIn (origin: string, username: string, tries = SIGN_IN_TRIES): Promise<string> {
  const answer = await fetch(`${origin}/v1/sessions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password: 'demo-password' }) })
  const { access_token: token } = await answer.json() as { access_token?: string }
  if (token !== undefined) return `Bearer ${token}`
  if (answer.status !== UNAVAILABLE || tries === 1) throw new Error(`${username} cannot sign in: ${answer.status}`)
  await delay(SIGN_IN_PAUSE_MS)
  return await signIn(origin, username, tries - 1)
}

interface Payment {
  id: string
  status: string
  amount: string
}

/** What the payout provider has in its book. */
async function paymentsAt (origin: string): Promise<Map<string, Payment>> {
  const { data } = await (await fetch(`${origin}/payouts`)).json() as { data: Payment[] }
  return new Map(data.map((payment) => [payment.id, payment]))
}

/** A database with a few users, and the processes that work on it. */
export async function createWorld ({ env, roles, hasRedis, engine, ...options }: WorldOptions) {
  const redis = hasRedis ? await startRedis() : null
  const books = await openBooks(options.uri, options.database)
  const startedAt = new Date()
  let servers: Server[] = []
  const crewOf = (role: Role) => createCrew(async () => {
    const server = await startServer(role, { ...options, env: { ...(redis !== null && { REDIS_URL: redis.url }), ...env } })
    servers.push(server)
    return server
  }, role === 'api')
  const crews = new Map(roles.map((role) => [role, crewOf(role)]))
  const api = crews.get('api') as Crew<Server>
  const { origin } = await api.current()
  const people = new Map(await Promise.all(NAMES.map(async (name) => [name, await signIn(origin, name)] as const)))

  /** Gives up the transactions of those that have died or were cut off, as the database does after a minute. */
  async function forgetDead (): Promise<void> {
    const sessions = servers.flatMap(({ proxy }) => proxy.takeAbandoned())
    servers = servers.filter((server) => server.isAlive())
    // a database that is away has forgotten them
    await books.endSessions(sessions).catch(() => {})
  }
  const timer = setInterval(forgetDead, TRANSACTION_LIFE_MS)

  return {
    api,
    redis,
    engine,
    startedAt,
    documents: books.collection,
    payments: () => paymentsAt(options.payouts),
    faults: () => books.faults(),
    releaseJobs: () => books.releaseJobs(),
    /** Header `authorization` of a demo user. */
    as: (name: typeof NAMES[number]): string => people.get(name) ?? '',
    /** The process that works in a role. */
    current: async (role: Role): Promise<Server> => await (crews.get(role) ?? api).current(),

    /** Lets the minute pass after which whoever holds its key counts as dead. */
    async forgetHolder ({ key }: Operation): Promise<void> {
      await forgetDead()
      if (key !== undefined) await books.releaseKey(key).catch(() => {})
    },

    async close (): Promise<void> {
      clearInterval(timer)
      await Promise.all([...crews.values()].map((crew) => crew.close()))
      await books.close()
      await redis?.close()
    }
  }
}
export type World = Awaited<ReturnType<typeof createWorld>>
