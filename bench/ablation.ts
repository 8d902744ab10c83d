import { join } from 'node:path'
import { OPTIMIZATIONS } from './document/optimizations.ts'
import { keep, readRecords, recordOf } from './document/record.ts'
import { writeDocument } from './document/write.ts'
import type { BenchOptions } from './harness/claim.ts'
import type { Result } from './harness/table.ts'

interface Ablation {
  /** Measures a claim and ends what it has started. */
  measure: (name: string, options: Partial<BenchOptions>) => Promise<Result>
  /** What it says wins over the options that a claim has here. */
  options: Partial<BenchOptions>
  /** Number of the only optimization to measure; otherwise each. */
  optimization?: number | undefined
  /** Where records are kept, and the page is made. */
  folders: { records: string, docs: string }
}

const MS_PER_S = 1000

function merge ({ rounds, seconds, connections, users }: Partial<BenchOptions>, own: Partial<BenchOptions> = {}): Partial<BenchOptions> {
  return { rounds: rounds ?? own.rounds, seconds: seconds ?? own.seconds, connections: connections ?? own.connections, users: users ?? own.users }
}

/** Measures each optimization off and on, keeps the records and makes the page of all that are there; resolves with the claims that could not be measured. */
export async function ablate ({ measure, options, optimization, folders }: Ablation): Promise<string[]> {
  const steps = OPTIMIZATIONS.filter(({ number }) => optimization === undefined || number === optimization).flatMap(({ steps }) => steps)
  const failed: string[] = []
  for (const [place, { claim, options: own }] of steps.entries()) {
    const startedAt = performance.now()
    console.error(`\n${place + 1} of ${steps.length}: ${claim}`)
    try {
      const result = await measure(claim, merge(options, own))
      keep(join(folders.records, `${claim}.json`), recordOf(result, new Date()))
      console.error(`${((performance.now() - startedAt) / MS_PER_S).toFixed(0)} s`)
    } catch (error) {
      // an earlier record of it stays
      console.error(error)
      failed.push(claim)
    }
  }
  writeDocument(folders.docs, readRecords(folders.records))
  return failed
}
