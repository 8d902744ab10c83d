import { constants } from 'node:os'
import type { LoadRequest } from './claim.ts'
import { startClients, type Asked, type Group } from './clients.ts'
import { createFates, type Failure } from './fates.ts'
import { goFirst } from './priority.ts'
import { startReaders } from './readers.ts'
import { percentile } from './statistics.ts'

/** Clients, and readers of a stream of events beside them. */
export interface ClientsLoad extends Asked {
  groups: Group[]
  stream: LoadRequest
  readers: number
}

export interface ClientsResult {
  requests: number
  /** Kept connections that an answer has ended. */
  sentAway: number
  /** Streams that began, and those that ended with a word of the server. */
  streams: number
  told: number
  failures: Failure[]
  p50Ms: number
  p99Ms: number
  longestWaitMs: number
  /** Longest time in which nobody at all was answered. */
  longestSilenceMs: number
}

function start ({ groups, stream, readers: count, ...asked }: ClientsLoad) {
  const fates = createFates()
  const clients = startClients(asked, groups, fates)
  const readers = startReaders({ url: asked.address + stream.path, headers: stream.headers, limitMs: asked.limitMs }, count, fates)
  return {
    count: (): number => clients.counts.requests,
    async stop (): Promise<ClientsResult> {
      const longestSilenceMs = fates.silence()
      await Promise.all([clients.stop(), readers.stop()])
      const { failures, waits } = fates
      return {
        ...clients.counts,
        ...readers.counts,
        failures,
        p50Ms: percentile(waits, 0.5),
        p99Ms: percentile(waits, 0.99),
        longestWaitMs: percentile(waits, 1),
        longestSilenceMs
      }
    }
  }
}

let load: ReturnType<typeof start> | undefined

/** Begins with the load that it is told; then says how many requests there were, or ends. */
async function obey (order: ClientsLoad | 'count' | 'stop'): Promise<number | ClientsResult | undefined> {
  if (typeof order === 'object') load = start(order)
  return order === 'stop' ? await load?.stop() : load?.count()
}

/* A process of its own, as in load-child.ts: first on the machine where that is allowed. */
goFirst(constants.priority.PRIORITY_HIGHEST)
process.once('disconnect', () => process.exit())
process.on('message', (order: ClientsLoad | 'count' | 'stop') => {
  obey(order).then((answer) => process.send?.(answer), (error: unknown) => { throw error })
})
