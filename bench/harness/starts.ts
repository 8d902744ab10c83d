import { setTimeout as delay } from 'node:timers/promises'
import type { LoadRequest } from './claim.ts'
import { endChild, nextMessage, startChild } from './children.ts'
import { scrape, type ServerNumbers } from './scrape.ts'
import { percentile } from './statistics.ts'

/** Time without a command of the server's own. */
const QUIET_MS = 500

/** What the first requests after one start of one variant met. */
export type StartTurn = {
  ready_ms: number
  first_answer_ms: number
  p50_ms: number
  p99_ms: number
  commands: number
}

/** Asks once, one after the other; returns each latency in ms. */
async function askOnce (address: string, requests: readonly LoadRequest[]): Promise<number[]> {
  const latencies: number[] = []
  for (const { path, ...request } of requests) {
    const startedAt = performance.now()
    const response = await fetch(`${address}${path}`, request)
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    latencies.push(performance.now() - startedAt)
  }
  return latencies
}

/** The server's numbers once what a start leaves for the background, such as the check of the indexes, is over. */
async function scrapeWhenQuiet (address: string): Promise<ServerNumbers> {
  let before = await scrape(address)
  while (true) {
    await delay(QUIET_MS)
    const now = await scrape(address)
    if (now.commands === before.commands) return now
    before = now
  }
}

async function takeTurn (env: NodeJS.ProcessEnv, requests: readonly LoadRequest[]): Promise<StartTurn> {
  const startedAt = performance.now()
  const child = startChild('server-child.ts', env)
  const address = await nextMessage<string>(child)
  const readyMs = performance.now() - startedAt
  const before = await scrapeWhenQuiet(address)
  const latencies = await askOnce(address, requests)
  const after = await scrape(address)
  await endChild(child)
  return {
    ready_ms: readyMs,
    first_answer_ms: latencies[0] ?? NaN,
    p50_ms: percentile(latencies, 0.5),
    p99_ms: percentile(latencies, 0.99),
    commands: after.commands - before.commands
  }
}

/** Starts both variants in turns, A B A B …, after one unmeasured life of each; `seconds` and `connections` mean nothing here. */
export async function startInTurns (environments: readonly [NodeJS.ProcessEnv, NodeJS.ProcessEnv], requests: readonly LoadRequest[], rounds: number): Promise<[StartTurn[], StartTurn[]]> {
  const turns: [StartTurn[], StartTurn[]] = [[], []]
  for (const env of environments) await takeTurn(env, requests)
  for (let round = 0; round < rounds; round++) {
    console.error(`Round ${round + 1} of ${rounds}`)
    turns[0].push(await takeTurn(environments[0], requests))
    turns[1].push(await takeTurn(environments[1], requests))
  }
  return turns
}
