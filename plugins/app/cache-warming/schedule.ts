/** Part of the interval by which a pause is shorter or longer, at random: a fleet that starts at once does not stay in step. */
export const JITTER = 0.1

/** Runs one after the other, with a pause of about `intervalMs` between the end of one and the next: they never overlap. */
export function createSchedule (run: () => Promise<void>, intervalMs: number) {
  let timer: NodeJS.Timeout | undefined
  let current = Promise.resolve()
  let isStopped = false

  function begin (work: () => Promise<void>): Promise<void> {
    current = work().finally(plan)
    return current
  }

  function plan (): void {
    if (isStopped) return
    const pause = intervalMs * (1 - JITTER + 2 * JITTER * Math.random())
    timer = setTimeout(begin, pause, run).unref()
  }

  return {
    /** Begins with other work than that of later runs. */
    begin,

    /** No run begins any more; resolves when the present one has ended. */
    stop (): Promise<void> {
      isStopped = true
      clearTimeout(timer)
      return current
    }
  }
}
