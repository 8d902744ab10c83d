import { median } from '../harness/statistics.ts'
import { growthOf, MAX_GROWTH, type Growth } from './growth.ts'
import { judgedOf, type Sample } from './samples.ts'
import type { Tally } from './traffic.ts'

const MEBIBYTE = 1_048_576
const S_PER_MINUTE = 60
/** Part of a kind of deed that may go wrong. */
const MAX_WRONG = 0.05
/** Part of all deeds that a busy server may refuse by 503: one that refuses most of them keeps nothing. */
const MAX_REFUSED = 0.25
/** Parts of the judged time whose medians are shown. */
const ENDS = 0.1

type Tallies = ReadonlyMap<string, Pick<Tally, 'done' | 'refused' | 'wrong'>>

const percent = (part: number): string => `${(part * 100).toFixed(2)} %`
const mebibytes = (bytes: number): string => (bytes / MEBIBYTE).toFixed(2)
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0)

interface Series extends Growth {
  name: string
  first: string
  last: string
}

function seriesOf (name: string, samples: readonly Sample[], valueOf: (sample: Sample) => number, format = mebibytes): Series {
  const values = samples.map(valueOf)
  const length = Math.max(1, Math.floor(values.length * ENDS))
  return {
    name,
    first: format(median(values.slice(0, length))),
    last: format(median(values.slice(-length))),
    ...growthOf(samples.map((sample) => [sample.seconds, valueOf(sample)]))
  }
}

/** A Markdown table of what memory did behind the warm-up. */
function tableOf (series: readonly Series[]): string {
  const rows = series.map(({ name, first, last, growth, noise }) => `| ${name} | ${first} | ${last} | ${percent(growth)} | ${percent(noise)} |`)
  return ['| after forced GC | first tenth | last tenth | growth | noise |', '| --- | ---: | ---: | ---: | ---: |', ...rows].join('\n')
}

/** What went wrong, and whether so much that the run says nothing. */
function complaintsOf (tallies: Tallies): { lines: string[], isBroken: boolean } {
  const all = [...tallies].map(([name, { done, refused, wrong }]) => ({ name, done, refused, wrong, count: sum(wrong.values()) }))
  const [done, refused] = [sum(all.map((each) => each.done)), sum(all.map((each) => each.refused))]
  return {
    lines: [
      `${done} deeds of ${all.length} kinds, ${refused} of them refused by 503`,
      ...all.filter(({ count }) => count > 0).map(({ name, done, wrong, count }) => `${name}: ${count} of ${done} not as expected (${[...wrong].map(([status, number]) => `${number} × ${status}`).join(', ')})`)
    ],
    isBroken: done === 0 || refused > done * MAX_REFUSED || all.some(({ done, count }) => count > done * MAX_WRONG)
  }
}

export interface Verdict {
  text: string
  /** Of the heap after forced GC, over the judged time. */
  growthPercent: number
  /** 0, or 1 for a heap that grows, or traffic that was not what it should be. */
  code: 0 | 1
}

/** What a run says, as text and as exit code. */
export function judge (samples: readonly Sample[], tallies: Tallies): Verdict {
  const judged = judgedOf(samples)
  const heap = seriesOf('heap, MiB', judged, ({ heapUsed }) => heapUsed)
  const others = [
    seriesOf('external, MiB', judged, ({ external }) => external),
    seriesOf('RSS, MiB', judged, ({ rss }) => rss),
    seriesOf('handles', judged, ({ handles }) => handles, String)
  ]
  const { lines, isBroken } = complaintsOf(tallies)
  const minutes = ((judged.at(-1)?.seconds ?? 0) - (judged[0]?.seconds ?? 0)) / S_PER_MINUTE
  // that of too few samples, NaN, is no proof
  const isLevel = heap.growth < MAX_GROWTH
  const closing = `heap ${isLevel ? 'level' : 'GROWS'}: ${percent(heap.growth)} in the last ${minutes.toFixed(1)} min, below ${percent(MAX_GROWTH)} wanted${isBroken ? '; the traffic was NOT what it should be' : ''}`
  return { text: [tableOf([heap, ...others]), ...lines, closing].join('\n'), growthPercent: heap.growth * 100, code: isLevel && !isBroken ? 0 : 1 }
}
