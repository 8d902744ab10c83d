import { compareValues, keyOf } from '../bson/keys.ts'
import { isNumeric, SUM } from '../bson/numbers.ts'
import { isDoc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { combine } from './arithmetic.ts'

const isPresent = (value: unknown): boolean => value !== null && value !== undefined

export function sum (values: unknown[]): number | bigint {
  return values.filter(isNumeric).reduce<number | bigint>((total, value) => combine(SUM, total, value), 0)
}

function average (values: unknown[]): number | null {
  const count = values.filter(isNumeric).length
  return count === 0 ? null : Number(sum(values)) / count
}

/** The value that every other one comes after (`sign` 1) or before (-1), null and missing ones left aside. */
function extreme (values: unknown[], sign: number): unknown {
  const present = values.filter(isPresent)
  return present.length === 0 ? null : present.reduce((best, value) => sign * compareValues(value, best) < 0 ? value : best)
}

export function unique (values: unknown[]): unknown[] {
  const seen = new Map<string, unknown>()
  for (const value of values) {
    const key = keyOf(value)
    if (!seen.has(key)) seen.set(key, value)
  }
  return [...seen.values()]
}

export function merged (values: unknown[]): unknown {
  const present = values.filter(isPresent)
  if (!present.every(isDoc)) fail(40400, '$mergeObjects requires object inputs')
  return Object.assign({}, ...present)
}

/** What `$group` makes of the values of a group; missing ones are undefined. */
export const accumulators = new Map<string, (values: unknown[]) => unknown>([
  ['$sum', sum],
  ['$avg', average],
  ['$min', (values) => extreme(values, 1)],
  ['$max', (values) => extreme(values, -1)],
  ['$first', (values) => values[0] ?? null],
  ['$last', (values) => values.at(-1) ?? null],
  ['$push', (values) => values.filter((value) => value !== undefined)],
  ['$addToSet', (values) => unique(values.filter((value) => value !== undefined))],
  ['$mergeObjects', merged],
  ['$count', (values) => values.length]
])

/** As expressions, over their arguments, or over the one array they are given. */
export const spread = (name: string) => (args: unknown[]): unknown =>
  accumulators.get(name)!(args.length === 1 && Array.isArray(args[0]) ? args[0] : args)
