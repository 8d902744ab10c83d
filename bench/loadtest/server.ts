import { randomBytes } from 'node:crypto'
import type { Environment } from '../../schemas/config.ts'
import type { UserDocument } from '../../schemas/users.ts'
import { compile } from '../../scripts/chaos/compiled.ts'
import { startProgram } from '../../scripts/chaos/processes.ts'
import { startRedis } from '../../scripts/chaos/redis.ts'
import { endChildren } from '../harness/children.ts'
import { dropDatabases, findDatabase, nameDatabase, prepareDatabase } from '../harness/database.ts'

const LISTENING = /Server listening at (http:\/\/[\d.:]+)/

/** What is under load, and who may sign in there. */
export interface Target {
  origin: string
  tokens: string[]
  engines: Record<string, string>
  close: () => Promise<void>
}

/** A token of each seeded user, as signing in would give it. */
async function makeTokens (env: Environment, users: number): Promise<string[]> {
  return await prepareDatabase(env, users, async ({ jwt, documents }) => {
    const users = await documents.collection('users').find<Pick<UserDocument, 'user_id' | 'tier'>>({}, { projection: { user_id: 1, tier: 1 } }).toArray()
    return users.map(({ user_id: id, tier }) => jwt.sign({ sub: String(id), tier, analyst_id: null, subscription_expires: null, sid: '0'.repeat(24) }, { expiresIn: '12h' }))
  })
}

const toTexts = (env: Environment): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]))

/** The server as production runs it: compiled, every optimization and limit as it is by default, behind a proxy that it trusts; with data of so many users. */
export async function startTarget (users: number): Promise<Target> {
  const [{ programs }, redis, uri] = await Promise.all([compile(), startRedis(), findDatabase()])
  async function close (): Promise<void> {
    await endChildren()
    await redis?.close()
    await dropDatabases()
  }
  const env: Environment = { NODE_ENV: 'production', MONGODB_URI: uri, MONGODB_DATABASE: nameDatabase('load'), JWT_SECRET: randomBytes(32).toString('hex'), TRUSTED_PROXIES: '127.0.0.1' }
  const tokens = await makeTokens(env, users)
  const server = await startProgram({
    command: process.execPath,
    args: ['--enable-source-maps', programs.api],
    env: { ...toTexts(env), PORT: '0', ...(redis !== null && { REDIS_URL: redis.url }), ...(process.env.WORKERS && { WORKERS: process.env.WORKERS }) },
    ready: LISTENING
  })
  return {
    origin: server.match[1] ?? '',
    tokens,
    engines: { database: process.env.MONGODB_URI ? 'MONGODB_URI' : 'embedded', redis: redis === null ? 'none' : 'redis-server' },
    async close () {
      await server.kill()
      await close()
    }
  }
}
