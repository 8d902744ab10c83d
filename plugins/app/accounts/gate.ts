/**
 * Lets `maxRunning` tasks run at a time and `maxWaiting` more wait for their turn, in order;
 * any beyond fail at once with the error that `refuse` makes.
 */
export function createGate (maxRunning: number, maxWaiting: number, refuse: () => Error) {
  const waiting: (() => void)[] = []
  let running = 0

  function enter (): Promise<void> | undefined {
    if (running < maxRunning) {
      running += 1
      return undefined
    }
    if (waiting.length >= maxWaiting) throw refuse()
    return new Promise((resolve) => { waiting.push(resolve) })
  }

  /** The place goes to the next that waits, without being free in between. */
  function leave (): void {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return async function run<T> (task: () => Promise<T>): Promise<T> {
    await enter()
    try {
      return await task()
    } finally {
      leave()
    }
  }
}
