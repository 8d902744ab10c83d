import type { Measured } from './claim.ts'
import type { ClientsResult } from './clients-child.ts'
import type { Failure } from './fates.ts'
import type { Clients } from './site.ts'
import { until } from './until.ts'

/** Requests that meet restarts; BENCH_REQUESTS says how many. Restarts that are meant to lose some show that with a tenth of them. */
export const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 50_000)
export const FEW_REQUESTS = REQUESTS / 10
/** Requests that come before, so that what is hot is compiled. */
const WARM_UP = Math.min(3000, REQUESTS)
const TOLD_FAILURES = 10
const TOLD_LENGTH = 300

/** Resolves when the clients have begun so many requests more. */
export async function untilAsked (clients: Clients, more = WARM_UP): Promise<void> {
  const wanted = await clients.count() + more
  await until('requests', async () => await clients.count() >= wanted)
}

/** Failures of some of the clients. */
export function failuresOf ({ failures }: ClientsResult, clients: RegExp): Failure[] {
  return failures.filter((failure) => clients.test(failure.clients))
}

/** Tells a few of what failed, for whoever looks for the cause. */
export function tellFailures ({ failures }: ClientsResult): void {
  const told = failures.map(({ clients, path, reason }) => `${clients}: ${path} ${reason.slice(0, TOLD_LENGTH)}`)
  for (const line of [...new Set(told)].slice(0, TOLD_FAILURES)) console.error(line)
}

/** Restarts again and again until so many requests have met that; what became of them all. */
export async function restartUnderLoad (clients: Clients, wanted: number, restart: (number: number) => Promise<void>): Promise<Measured> {
  await untilAsked(clients)
  const before = await clients.count()
  let restarts = 0
  do await restart(++restarts)
  while (await clients.count() - before < wanted)
  const during = await clients.count() - before
  // what the last one has done to them shows in what they ask next
  await untilAsked(clients)
  const result = await clients.stop()
  tellFailures(result)
  return {
    restarts,
    requests_during_restarts: during,
    failed_per_restart: failuresOf(result, /kept|new/).length / restarts,
    failed_requests: failuresOf(result, /kept|new/).length,
    failed_on_kept_connections: failuresOf(result, /kept/).length,
    failed_on_new_connections: failuresOf(result, /new/).length,
    never_answered: result.failures.filter(({ isUnanswered }) => isUnanswered).length,
    kept_connections_ended_by_answers: result.sentAway,
    streams: result.streams,
    streams_told_to_go: result.told,
    failed_streams: failuresOf(result, /readers/).length,
    p50_ms: result.p50Ms,
    p99_ms: result.p99Ms,
    longest_wait_ms: result.longestWaitMs,
    longest_silence_ms: result.longestSilenceMs
  }
}
