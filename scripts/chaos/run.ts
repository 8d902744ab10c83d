export interface Report {
  /** How often something was killed or cut off, in all and by what it was. */
  runs: number
  counts: Record<string, number>
  /** Moments that there are to strike at, of all worlds, and those of them that were struck at least once. */
  moments: number
  struck: number
  /** Moments that were to be hit and were not come to. */
  missed: string[]
  operations: number
  faults: string[]
}

/** What a run of the suite has done so far, and whether it goes on. */
export function createRun (seconds: number, moments: number) {
  const until = performance.now() + seconds * 1000
  const report: Report = { runs: 0, counts: {}, moments, struck: 0, missed: [], operations: 0, faults: [] }
  let begun = 0

  return {
    report,
    /** Takes one of the first `limit` runs, if there is one left, time for it, and nothing wrong. */
    begin (limit: number): boolean {
      if (begun >= limit || performance.now() > until || report.faults.length > 0) return false
      begun += 1
      return true
    },
    /** Gives back one that did not come to its moment. */
    miss (title: string): void {
      begun -= 1
      report.missed.push(title)
    },
    count (name: string): void {
      report.runs += 1
      report.counts[name] = (report.counts[name] ?? 0) + 1
    },
    blame (title: string, faults: readonly string[]): void {
      report.faults.push(...faults.map((fault) => `${title}: ${fault}`))
    }
  }
}
export type Run = ReturnType<typeof createRun>
