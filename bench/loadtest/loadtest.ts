import { askChild, endChildren, startChild } from '../harness/children.ts'
import type { LoadtestOptions } from './arguments.ts'
import type { Phase, Plan } from './driver.ts'
import type { Order } from './generator-child.ts'
import { findAnalysts, makeScenario, signIn } from './scenario.ts'
import { startTarget, type Target } from './server.ts'
import { readServer, type ServerNumbers } from './server-numbers.ts'

/** What a run has measured. */
export interface LoadtestResult {
  engines: Record<string, string>
  /** Users come, each opens a connection and asks. */
  arrival: Phase
  /** All of them are there, and ask. */
  load: Phase
  server: { before: ServerNumbers, connected: ServerNumbers, end: ServerNumbers }
}

const WARM_UP_S = 5
const PATIENCE_MS = 10_000
/** Of them are the users who are signed in, and the data is in proportion. */
const MAX_SEEDED_USERS = 2000
const SEED_OF_WARM_UP = 104_729

async function findTarget ({ connections, url, username, password }: LoadtestOptions): Promise<Target> {
  if (url === undefined) return await startTarget(Math.min(connections, MAX_SEEDED_USERS))
  return { origin: url, tokens: await signIn(url, username, password), engines: { server: url }, close: endChildren }
}

/** Warms a server up, lets all users come, and lets them ask. */
async function drive ({ origin, tokens, engines }: Target, { connections, rate, seconds, ramp, seed }: LoadtestOptions): Promise<LoadtestResult> {
  const kinds = makeScenario(await findAnalysts(origin), tokens.length > 0)
  const plan: Plan = { origin, users: connections, kinds, tokens, patienceMs: PATIENCE_MS }
  const generator = startChild('../loadtest/generator-child.ts', {})
  const tell = (order: Order) => askChild<Phase>(generator, order)

  console.error('Warming up')
  const { errors } = await tell({ do: 'warm-up', plan, pace: { rate, seconds: WARM_UP_S, seed: seed + SEED_OF_WARM_UP } })
  if (Object.keys(errors).length > 0) throw new Error(`The server fails before there is any load: ${JSON.stringify(errors)}`)
  const before = await readServer(origin)
  console.error(`${connections} users come within ${ramp} s`)
  const arrival = await tell({ do: 'arrive', seconds: ramp, seed })
  const connected = await readServer(origin)
  console.error(`${arrival.connections.open} are connected; ${rate} requests/s for ${seconds} s`)
  const load = await tell({ do: 'ask', pace: { rate, seconds, seed } })
  return { engines, arrival, load, server: { before, connected, end: await readServer(origin) } }
}

/** One at a time: what it has started is left to `cleanUp`, also when it fails or is interrupted. */
let target: Target | undefined

export async function runLoadtest (options: LoadtestOptions): Promise<LoadtestResult> {
  target = await findTarget(options)
  return await drive(target, options)
}

export async function cleanUp (): Promise<void> {
  await target?.close()
}
