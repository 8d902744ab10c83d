import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from '../../app.ts'
import { OPTIMIZATIONS } from '../../schemas/config.ts'
import { startMarketSimulator } from '../market/simulator.ts'
import { startPayoutSandbox } from '../payouts/sandbox.ts'

const DEMO_USERS = 200
const MAX_WAIT_MS = 10_000
/** For this run alone; both sides are of this process. */
const PAYOUT_SECRET = 'of the sandbox that pays nothing, 0123'
/** What would refuse most of the requests before anything reads them. */
const OFF = ['rate-limits', 'load-shedding']

/** A request as it goes over the wire. */
export interface Shot {
  method: string
  path: string
  headers: Record<string, string>
  body?: string
}

export interface Answer {
  status: number
  type: string
  body: string
  ms: number
}

async function signIn (origin: string, username: string): Promise<Record<string, string>> {
  const response = await fetch(`${origin}/v1/sessions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password: 'demo-password' }) })
  const { access_token: token } = await response.json() as { access_token: string }
  return { authorization: `Bearer ${token}` }
}

/** The application on a free port of the loopback interface, with demo data, a simulated exchange and a sandbox that pays. */
export async function startTarget () {
  // @fastify/autoload does not recognise every loader that runs the sources as they are
  if (import.meta.filename.endsWith('.ts')) process.env.FASTIFY_AUTOLOAD_TYPESCRIPT = '1'
  const market = await startMarketSimulator()
  const payouts = await startPayoutSandbox({ secret: PAYOUT_SECRET })
  const fastify = Fastify({ ...options, logger: false, pluginTimeout: 120_000 })
  await fastify.register(fp(app), {
    env: { NODE_ENV: 'test', LOG_LEVEL: 'silent', MONGODB_URI: '', DEMO_USERS, MONGODB_MIN_POOL_SIZE: 0, MARKET_DATA_URL: market.url, PAYOUT_URL: payouts.url, PAYOUT_SECRET, OPTIMIZATIONS_OFF: OPTIMIZATIONS.filter((name) => OFF.includes(name)).join() }
  })
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const { port } = new URL(origin)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const people = await Promise.all(['demo-user', 'demo-vip', 'demo-analyst', 'demo-admin'].map((name) => signIn(origin, name)))

  return {
    fastify,
    origin,
    /** Headers of an anonymous caller, a user, a subscriber, an analyst and an admin. */
    callers: [{}, ...people],

    async send ({ method, path, headers, body }: Shot): Promise<Answer> {
      const startedAt = performance.now()
      const request = httpRequest({ agent, port, host: '127.0.0.1', method, path, headers, signal: AbortSignal.timeout(MAX_WAIT_MS) })
      request.end(body)
      const [response] = await once(request, 'response') as [IncomingMessage]
      const answer = { status: response.statusCode ?? 0, type: String(response.headers['content-type']), body: await text(response) }
      return { ...answer, ms: performance.now() - startedAt }
    },

    /** Sends bytes that may be anything; resolves when the server has ended the connection. */
    async sendBytes (bytes: Uint8Array): Promise<Answer> {
      const startedAt = performance.now()
      const socket = connect(Number(port), '127.0.0.1')
      socket.setTimeout(MAX_WAIT_MS, () => { socket.destroy(new Error('The server left a broken request without an answer')) })
      socket.end(bytes)
      const answer = await text(socket).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNRESET') throw error
        return ''
      })
      return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 400), type: '', body: answer, ms: performance.now() - startedAt }
    },

    async close (): Promise<void> {
      agent.destroy()
      await fastify.close()
      await Promise.all([market.close(), payouts.close()])
    }
  }
}
export type Target = Awaited<ReturnType<typeof startTarget>>
