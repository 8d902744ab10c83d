import { inverted } from '../bson/keys.ts'
import type { IndexTree } from '../storage/index-tree.ts'
import { EVERYTHING, intersect, isPresent, type Condition, type Interval } from './bounds.ts'

/** A stretch of an index; keys in it share `prefix`. */
export interface Range { prefix: string, low: string, high: string }

/** What an index can do for a filter: the stretches of it to read, and how well they are cut. */
export interface Reach { ranges: Range[], equal: number, ranged: number, single: boolean }

/** More stretches than this cost more than they save. */
const MAX_RANGES = 1000

function pointsOf (intervals: Interval[] | undefined): string[] | undefined {
  const points = intervals?.flatMap(({ point }) => point ?? [])
  return points?.length === intervals?.length ? points : undefined
}

function combined (index: IndexTree, path: string, known: Condition[]): Interval[] | undefined {
  const lists = known.filter((condition) => condition.path === path).flatMap(({ intervals }) => intervals ? [intervals] : [])
  if (lists.length === 0) return undefined
  // elements of an array may meet one condition each, so that only one of them bounds the index
  if (index.multikey) return lists.find(pointsOf) ?? lists[0]
  return lists.reduce(intersect)
}

const flipped = ({ low, high, point }: Interval): Interval =>
  ({ low: inverted(high), high: inverted(low), point: point === undefined ? undefined : inverted(point) })

/** The stretches of an index that hold every match: points for its first fields, then at most one range. */
export function reach (index: IndexTree, known: Condition[]): Reach {
  let prefixes = ['']
  let equal = 0
  let single = true
  for (const { path, descending } of index.fields) {
    const found = combined(index, path, known)?.map((interval) => descending ? flipped(interval) : interval)
    const points = pointsOf(found)
    if (!points || prefixes.length * points.length > MAX_RANGES) {
      return { ranges: stretches(prefixes, found ?? [EVERYTHING]), equal, ranged: Number(found !== undefined), single }
    }
    prefixes = prefixes.flatMap((prefix) => points.map((point) => prefix + point))
    single &&= points.length === 1
    equal++
  }
  return { ranges: stretches(prefixes, [EVERYTHING]), equal, ranged: 0, single }
}

const stretches = (prefixes: string[], intervals: Interval[]): Range[] =>
  prefixes.flatMap((prefix) => intervals.map(({ low, high }) => ({ prefix, low: prefix + low, high: prefix + high })))

/** A sparse index holds whoever has one of its fields. */
export const holdsAll = (index: IndexTree, known: Condition[]): boolean =>
  !index.spec.sparse || known.some((condition) => index.fields.some(({ path }) => path === condition.path) && isPresent(condition))
