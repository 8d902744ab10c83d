/** Ends work that takes longer than `timeoutMs`, and all work when it is closed; neither leaves a timer behind. */
export function createDeadlines (timeoutMs: number) {
  const closing = new AbortController()
  const running = new Set<AbortController>()

  return {
    closed: closing.signal,

    /** Runs `work`, which must stop when its signal aborts. */
    async run<T> (work: (signal: AbortSignal) => Promise<T>): Promise<T> {
      const controller = new AbortController()
      const timer = setTimeout(() => { controller.abort(new DOMException('Too late', 'TimeoutError')) }, timeoutMs)
      running.add(controller)
      try {
        return await work(controller.signal)
      } finally {
        clearTimeout(timer)
        running.delete(controller)
      }
    },

    close: (): void => {
      closing.abort()
      for (const controller of running) controller.abort()
    }
  }
}
