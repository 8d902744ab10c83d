import { randomBytes } from 'node:crypto'
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { compile } from '../../scripts/chaos/compiled.ts'
import type { Environment } from '../../schemas/config.ts'
import { askForAnalyst } from './analysts-page.ts'
import { askChild, endChild, startChild } from './children.ts'
import type { LoadRequest } from './claim.ts'
import type { ClientsLoad, ClientsResult } from './clients-child.ts'
import { findDatabase, nameDatabase, prepareDatabase } from './database.ts'
import { BUDGETS, toTexts } from './environment.ts'
import { goFirst } from './priority.ts'
import { startProgram } from './programs.ts'
import { adminHeaders } from './tokens.ts'

const USERS = 200
/** A request that has no answer for so long has failed. */
const LIMIT_MS = 10_000
const LISTENING = /"msg":"Server listening at (http:[^"]+)"/
const SIGNALS = { query: '{ signals(first: 5) { edges { node { id symbol status } } } }' }

/** Half of the requests are made over connections of their own; some kept ones are silent for up to a second. */
const CLIENTS: Omit<ClientsLoad, 'address' | 'requests' | 'stream'> = {
  groups: [
    { name: 'kept', count: 20, isKept: true, pauseMs: 20 },
    { name: 'kept, often silent', count: 10, isKept: true, pauseMs: 500 },
    { name: 'new', count: 20, isKept: false, pauseMs: 20 }
  ],
  readers: 4,
  limitMs: LIMIT_MS
}

/** Answers that are kept, those that the database makes, those for one user alone, and one that is no GET. */
async function askForAll (fastify: FastifyInstance) {
  const headers = adminHeaders(fastify)
  const requests: LoadRequest[] = [
    { method: 'GET', path: '/v1/signals?limit=20' },
    await askForAnalyst(fastify),
    { method: 'GET', path: '/v1/users/me/stats', headers },
    { method: 'GET', path: '/v1/analysts?limit=20' },
    { method: 'GET', path: '/healthz' },
    { method: 'POST', path: '/graphql', headers, body: JSON.stringify(SIGNALS) }
  ]
  return { requests, stream: { method: 'GET', path: '/v1/ops/stream', headers } satisfies LoadRequest }
}

/** Clients that ask until they are told to stop. */
async function startClients (child: ChildProcess, load: ClientsLoad) {
  await askChild(child, load)
  return {
    /** Requests that were begun until now. */
    count: (): Promise<number> => askChild<number>(child, 'count'),
    async stop (): Promise<ClientsResult> {
      const result = await askChild<ClientsResult>(child, 'stop')
      await endChild(child)
      return result
    }
  }
}

async function build () {
  // who gives the orders must not wait for those who obey
  goFirst(constants.priority.PRIORITY_HIGHEST)
  const { programs } = await compile()
  const shared: Environment = { ...BUDGETS, MONGODB_URI: await findDatabase(), MONGODB_DATABASE: nameDatabase('data'), NODE_ENV: 'production', LOG_LEVEL: 'info', JWT_SECRET: randomBytes(32).toString('hex') }
  const asked = await prepareDatabase(shared, USERS, askForAll)

  return {
    /** Starts a compiled server as production runs it; resolves when it listens. */
    async startServer (env: Environment) {
      const program = startProgram(process.execPath, [programs.api], toTexts({ ...shared, ...env }))
      const [line] = await program.printed(LISTENING)
      return { ...program, origin: LISTENING.exec(String(line))?.[1] ?? '' }
    },
    startClients: (address: string) => startClients(startChild('clients-child.ts', {}), { ...CLIENTS, ...asked, address })
  }
}
export type Site = Awaited<ReturnType<typeof build>>
export type Server = Awaited<ReturnType<Site['startServer']>>
export type Clients = Awaited<ReturnType<Site['startClients']>>

let site: Promise<Site> | undefined

/** Real servers on one database, for all turns of a claim. */
export async function findSite (): Promise<Site> {
  site ??= build()
  return await site
}
