import type { ChildProcess } from 'node:child_process'
import type { BenchOptions, LoadRequest } from './claim.ts'
import { askChild } from './children.ts'
import type { Load, LoadResult } from './load-child.ts'
import { scrape } from './scrape.ts'

/** What one turn of one variant measured. */
export type Turn = {
  p50_ms: number
  p99_ms: number
  requests_per_second: number
  cpu_ms_per_request: number
  commands_per_request: number
  bytes_per_answer: number
  /** Share of the requests that the response cache answered. */
  hit_percent: number
  rss_mb: number
}

const MB = 1024 * 1024
const MS_PER_S = 1000
/** Bounds the memory for the latencies of a turn. */
const MAX_REQUESTS = 200_000

async function drive (loader: ChildProcess, load: Load): Promise<LoadResult> {
  const { failed, ...numbers } = await askChild<LoadResult>(loader, load)
  if (failed > 0) throw new Error(`${failed} requests failed`)
  return { failed, ...numbers }
}

async function takeTurn (loader: ChildProcess, load: Load): Promise<Turn> {
  const before = await scrape(load.address)
  const { p50Ms, p99Ms, requestsPerSecond, bytesPerAnswer } = await drive(loader, load)
  const after = await scrape(load.address)
  // the first scrape is among the requests of the second
  const requests = after.requests - before.requests - 1
  return {
    p50_ms: p50Ms,
    p99_ms: p99Ms,
    requests_per_second: requestsPerSecond,
    cpu_ms_per_request: (after.cpuSeconds - before.cpuSeconds) * MS_PER_S / requests,
    commands_per_request: (after.commands - before.commands) / requests,
    bytes_per_answer: bytesPerAnswer,
    hit_percent: 100 * (after.kept - before.kept) / requests,
    rss_mb: after.rssBytes / MB
  }
}

/** Drives both servers in turns, A B A B …, so that whatever else slows the machine slows both. */
export async function driveInTurns (
  loader: ChildProcess, addresses: readonly [string, string], requests: LoadRequest[], { rounds, seconds, connections }: BenchOptions
): Promise<[Turn[], Turn[]]> {
  /** Compiles what is hot, fills pools, and tells how many requests fill a turn: so no turn ends with some under way. */
  async function warmUp (address: string): Promise<Load> {
    const load = { address, requests, connections }
    const { requestsPerSecond } = await drive(loader, { ...load, until: { duration: seconds } })
    const amount = Math.min(MAX_REQUESTS, Math.max(connections, Math.round(requestsPerSecond * seconds)))
    // the server still works on what the end of the warm-up has cut off: let it finish before anything is measured
    await drive(loader, { ...load, until: { amount: connections } })
    return { ...load, until: { amount } }
  }

  console.error('Warming up')
  const [a, b] = [await warmUp(addresses[0]), await warmUp(addresses[1])]
  const turns: [Turn[], Turn[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    console.error(`Round ${round + 1} of ${rounds}`)
    turns[0].push(await takeTurn(loader, a))
    turns[1].push(await takeTurn(loader, b))
  }
  return turns
}
