/**
 * Asks whether something works, at most once per `maxAgeMs`: however many probes come, they share one question
 * and its answer. A failure is the answer false, never an error.
 */
export function createProbe (ask: () => Promise<unknown>, maxAgeMs: number): () => Promise<boolean> {
  let answer = Promise.resolve(false)
  let askedAt = -Infinity

  return function probe () {
    const now = performance.now()
    if (now - askedAt >= maxAgeMs) {
      askedAt = now
      answer = ask().then(() => true, () => false)
    }
    return answer
  }
}
