import { startGateway } from './gateway.ts'
import { startProgram } from './processes.ts'
import { startProxy } from './proxy.ts'
import { createWatch } from './watch.ts'

const UNLIMITED = '1000000000'
const SECRET = 'only-for-processes-that-are-killed-soon'
/** A payment provider that the processes know. */
export const PROVIDER = { name: 'chaos', secret: 'signs-callbacks-of-processes-killed-soon' }
const TIERS = ['ANONYMOUS', 'FREE', 'VIP', 'ANALYST', 'ADMIN']

const ENV: NodeJS.ProcessEnv = {
  NODE_ENV: 'production',
  PORT: '0',
  MONGODB_MIN_POOL_SIZE: '0',
  // shorter than the database is away now and then
  MONGODB_SERVER_SELECTION_TIMEOUT_MS: '1000',
  JWT_SECRET: SECRET,
  ACCESS_TOKEN_TTL_S: '86400',
  OPTIMIZATIONS_OFF: 'cache-warming',
  PAYMENT_PROVIDERS: `${PROVIDER.name}:${PROVIDER.secret}`,
  JOBS_POLL_MS: '100',
  PAYOUT_TIMEOUT_MS: '2000',
  PAYOUT_BREAKER_OPEN_MS: '500',
  WITHDRAWAL_DAILY_LIMIT_VIP: '100000000.000000',
  ...Object.fromEntries(TIERS.map((tier) => [`RATE_LIMIT_${tier}`, UNLIMITED]))
}

/** What a process does, by its program. */
export const ROLES = {
  api: { ready: /Server listening at (http:\/\/[\d.:]+)/, env: { JOBS_CONCURRENCY: '0' } },
  worker: { ready: /"doing jobs"/, env: {} }
}
export type Role = keyof typeof ROLES

export interface ServerOptions {
  /** Paths of the compiled programs. */
  programs: Record<Role, string>
  /** Address of the database itself, and the name of the one to use. */
  uri: string
  database: string
  /** Address of the payout provider itself. */
  payouts: string
  env: NodeJS.ProcessEnv
}

/** A process as production runs it, with proxies of its own between it and what it writes to. */
export async function startServer (role: Role, { programs, uri, database, payouts, env }: ServerOptions) {
  const { ready, env: own } = ROLES[role]
  const watch = createWatch()
  const [proxy, gateway] = await Promise.all([startProxy(uri, watch), startGateway(payouts, watch)])
  const running = await startProgram({
    command: process.execPath,
    args: [programs[role]],
    env: { ...ENV, ...own, MONGODB_URI: proxy.uri, MONGODB_DATABASE: database, PAYOUT_URL: gateway.url, ...env },
    ready
  })
  return {
    ...running,
    role,
    watch,
    proxy,
    /** Where an API answers. */
    origin: running.match[1] ?? '',
    async kill (): Promise<void> {
      await running.kill()
      proxy.close()
      gateway.close()
    }
  }
}
export type Server = Awaited<ReturnType<typeof startServer>>
