import { ProviderFault } from './faults.ts'

/** Ends work that takes longer than `timeoutMs`, whose caller gives up, or that a closing server leaves; no timer or listener stays behind. */
export function createDeadlines (timeoutMs: number) {
  const running = new Set<AbortController>()
  let isClosed = false

  return {
    /** Runs `work`, which must stop when its signal aborts; a `ProviderFault` tells why it was. */
    async run<T> (signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
      if (isClosed || signal.aborted) throw new ProviderFault(isClosed ? 'closed' : 'aborted', { isUnsent: true })
      const controller = new AbortController()
      const giveUp = () => { controller.abort(new ProviderFault('aborted')) }
      const timer = setTimeout(() => { controller.abort(new ProviderFault('timeout')) }, timeoutMs)
      signal.addEventListener('abort', giveUp)
      running.add(controller)
      try {
        return await work(controller.signal)
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', giveUp)
        running.delete(controller)
      }
    },

    close: (): void => {
      isClosed = true
      for (const controller of running) controller.abort(new ProviderFault('closed'))
    }
  }
}
