/** Runs `tick` every `intervalMs` and when asked to, never twice at once; what is asked for meanwhile is done after it. */
export function createTicker (tick: () => Promise<void>, intervalMs: number) {
  let timer: NodeJS.Timeout | undefined
  let current: Promise<void> | null = null
  let isAsked = false

  async function runOn (): Promise<void> {
    do {
      isAsked = false
      await tick()
    } while (isAsked)
    current = null
  }

  /** Runs it now; `tick` must not reject. */
  function nudge (): void {
    if (timer === undefined) return
    if (current === null) current = runOn()
    else isAsked = true
  }

  return {
    nudge,

    start (): void {
      timer = setInterval(nudge, intervalMs).unref()
      nudge()
    },

    /** Resolves when the present run has ended. */
    async stop (): Promise<void> {
      clearInterval(timer)
      timer = undefined
      isAsked = false
      await current
    }
  }
}
