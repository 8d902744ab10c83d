import { compareKeys } from '../bson/keys.ts'
import type { Doc } from '../bson/values.ts'
import type { Candidate } from './planner.ts'
import type { Range } from './ranges.ts'

/** What a plan examined, as `explain` reports it. */
export interface Counters { keys: number, docs: number }

type Entry = [string, Doc]

function * stretch ({ index, direction }: Candidate, { low, high }: Range): Generator<Entry> {
  const backward = direction === -1
  const entries = backward ? index.tree.entriesReversed(high) : index.tree.entries(low)
  for (const entry of entries) {
    if (backward ? entry[0] < low : entry[0] > high) return
    yield entry
  }
}

interface Head { rest: string, entry: Entry, entries: Iterator<Entry>, skip: number }

function advance (entries: Iterator<Entry>, skip: number): Head[] {
  const next = entries.next()
  return next.done ? [] : [{ rest: next.value[0].slice(skip), entry: next.value, entries, skip }]
}

/** Several stretches, each in order, as one: by what follows the values that tell them apart. */
function * merged (candidate: Candidate): Generator<Entry> {
  const sign = candidate.direction
  const heads = candidate.ranges.flatMap((range) => advance(stretch(candidate, range), range.prefix.length))
  heads.sort((a, b) => sign * compareKeys(a.rest, b.rest))
  for (let head = heads.shift(); head; head = heads.shift()) {
    yield head.entry
    for (const next of advance(head.entries, head.skip)) {
      const at = heads.findIndex((other) => sign * compareKeys(other.rest, next.rest) >= 0)
      heads.splice(at === -1 ? heads.length : at, 0, next)
    }
  }
}

function * chained (candidate: Candidate): Generator<Entry> {
  const ranges = candidate.ranges.toSorted((a, b) => compareKeys(a.low, b.low))
  if (candidate.direction === -1) ranges.reverse()
  for (const range of ranges) yield * stretch(candidate, range)
}

/** The documents of an index's stretches. */
export function * scan (candidate: Candidate, counters: Counters): Generator<Doc> {
  for (const [, doc] of candidate.merge && candidate.ranges.length > 1 ? merged(candidate) : chained(candidate)) {
    counters.keys++
    yield doc
  }
}
