import { compare } from '../harness/table.ts'
import { summarize, type Summary } from '../harness/statistics.ts'
import type { Records } from './record.ts'

/** A measured number that says something about a claim. */
export interface Evidence {
  /** Name of the record that has it. */
  record: string
  metric: string
  /** What measures it, where that is not `npm run bench`. */
  command?: string
  /** What the number is, in words. */
  what: string
  unit?: string
  /** On against off: as a change in percent, or as a factor; or the number with it on, alone. */
  as: 'change' | 'times' | 'value'
  /** What the median has to be for the claim to hold. */
  wanted: { atMost: number } | { atLeast: number }
  /** Why it does not hold, should that be so. */
  reason?: string
}

/** An evidence with what was measured; `shown` is what is judged, by `as`. */
export interface Finding extends Evidence {
  off: Summary | undefined
  on: Summary
  shown: Summary
  holds: boolean
}

function mapSummary ({ median, min, max }: Summary, map: (number: number) => number): Summary {
  return { median: map(median), min: map(min), max: map(max) }
}

function isWithin (wanted: Evidence['wanted'], number: number): boolean {
  return 'atMost' in wanted ? number <= wanted.atMost : number >= wanted.atLeast
}

/** Numbers of a record with its optimization off, if there is such a variant, and on. */
function numbersOf (records: Records, { record, metric }: Pick<Evidence, 'record' | 'metric'>) {
  const turns = records.get(record)?.turns ?? []
  const [first = [], second] = turns
  if (second === undefined) return { off: undefined, on: summarize(first.map((turn) => turn[metric] ?? NaN)), ratio: undefined }
  const line = compare({ turns: [first, second] }).find((line) => line.metric === metric)
  return { off: line?.a, on: line?.b, ratio: line?.ratio }
}

function show (as: Evidence['as'], on: Summary, ratio: Summary | undefined): Summary | undefined {
  if (as === 'value') return on
  return ratio && (as === 'times' ? ratio : mapSummary(ratio, (times) => 100 * (times - 1)))
}

/** Looks an evidence up; undefined if it was not measured. */
export function find (records: Records, evidence: Evidence): Finding | undefined {
  const { off, on, ratio } = numbersOf(records, evidence)
  const shown = on && show(evidence.as, on, ratio)
  if (on === undefined || shown === undefined || !Number.isFinite(shown.median)) return undefined
  return { ...evidence, off, on, shown, holds: isWithin(evidence.wanted, shown.median) }
}

export type Verdict = 'holds' | 'holds as far as measured' | 'partly' | 'does not hold' | 'not measured'

/** What follows from the findings about a claim. */
export function judge (findings: ReadonlyArray<Finding | undefined>): Verdict {
  const measured = findings.filter((finding) => finding !== undefined)
  const holding = measured.filter(({ holds }) => holds)
  if (measured.length === 0) return 'not measured'
  if (holding.length === findings.length) return 'holds'
  if (holding.length === measured.length) return 'holds as far as measured'
  return holding.length === 0 ? 'does not hold' : 'partly'
}
