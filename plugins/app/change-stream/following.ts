import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { isLost, isUnsupported } from './failures.ts'
import type { Reaction } from './reaction.ts'
import type { Notice } from './source.ts'

const MAX_PAUSE_MS = 30_000

interface Needs {
  /** A stream of changes after the token, or from now on; see `watchCollections`. */
  watch: (from: { token: unknown, signal: AbortSignal }) => AsyncIterable<Notice>
  reaction: Reaction
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>
  /** Pause after the first failure; each further one in a row doubles it. */
  pauseMs: number
}

/** Follows the changes until it is stopped, or the server turns out to have none to tell. */
export function createFollowing ({ watch, reaction, log, pauseMs }: Needs) {
  const end = new AbortController()
  const { signal } = end
  const state = { isRunning: false, failures: 0 }
  let token: unknown

  function opened (): void {
    if (state.isRunning) return
    Object.assign(state, { isRunning: true, failures: 0 })
    log.info('change stream open: writes made beside this server are noticed')
  }

  /** Resolves with what ended the stream. */
  async function followOnce (): Promise<unknown> {
    try {
      for await (const notice of watch({ token, signal })) {
        opened()
        await reaction.take(notice.change)
        token = notice.token
      }
      // it ends with the database that it tells of: there is nothing to continue
      token = undefined
      return new Error('The change stream has ended')
    } catch (error) {
      if (isLost(error)) token = undefined
      return error
    }
  }

  async function pauseAfter (error: unknown): Promise<void> {
    if (state.failures === 0) log.warn({ err: error }, 'change stream broken')
    const milliseconds = Math.min(MAX_PAUSE_MS, pauseMs * 2 ** state.failures)
    state.failures += 1
    await delay(milliseconds, undefined, { signal }).catch(() => {})
  }

  return {
    state,

    /** Resolves at the end; never rejects. */
    async run (this: void): Promise<void> {
      while (!signal.aborted) {
        const error = await followOnce()
        state.isRunning = false
        if (signal.aborted) return
        if (isUnsupported(error)) {
          log.info('the database offers no change stream: what is written beside this server shows when cached values expire')
          return
        }
        // what happens until the next stream is open is told by none
        if (token === undefined) reaction.missed()
        await pauseAfter(error)
      }
    },

    stop: (): void => { end.abort() }
  }
}
