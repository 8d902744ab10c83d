import { ObjectId } from 'bson'
import { compareValues, keyOf, sameValue } from '../bson/keys.ts'
import { get, isDoc } from '../bson/values.ts'
import { isNumeric } from '../bson/numbers.ts'
import { fail } from '../errors.ts'
import { typeName } from '../query/predicates.ts'
import { merged, spread, unique } from './accumulators.ts'
import { arithmetic, isNull, type Evaluate } from './arithmetic.ts'

export const isTruthy = (value: unknown): boolean => !isNull(value) && value !== false && (!isNumeric(value) || Number(value) !== 0)

/** A function of arrays: null if one of them is null or missing, an error for anything else. */
const ofArrays = (name: string, of: (...arrays: unknown[][]) => unknown): [string, Evaluate] => [name, (args) => {
  if (args.some(isNull)) return null
  return args.every(Array.isArray) ? of(...args as unknown[][]) : fail(2, `${name} needs arrays`)
}]

const ofStrings = (name: string, of: (...texts: string[]) => unknown): [string, Evaluate] => [name, (args) => {
  if (args.some(isNull)) return null
  return args.every((value) => typeof value === 'string') ? of(...args) : fail(2, `${name} requires string arguments`)
}]

/** In expressions, unlike queries, a missing field is less than null. */
const order = (a: unknown, b: unknown): number =>
  a === undefined || b === undefined ? Number(b === undefined) - Number(a === undefined) : compareValues(a, b)

function at ([array, position]: unknown[]): unknown {
  if (isNull(array) || isNull(position)) return null
  if (!Array.isArray(array) || !Number.isInteger(Number(position))) return fail(28689, 'an element\'s place needs an array and an integer')
  return array.at(Number(position))
}

function slice ([array, ...range]: unknown[]): unknown {
  if (isNull(array) || range.some(isNull)) return null
  const [from, count] = range.map(Number) as [number, number | undefined]
  if (!Array.isArray(array) || !Number.isInteger(from)) return fail(28724, '$slice needs an array and integers')
  if (count === undefined) return from < 0 ? array.slice(from) : array.slice(0, from)
  if (!Number.isInteger(count) || count <= 0) fail(28729, 'Third argument to $slice must be positive')
  const start = from < 0 ? Math.max(0, array.length + from) : from
  return array.slice(start, start + count)
}

/** What a path finds below a value: of an array, what it finds in the documents there. */
function dotted (value: unknown, parts: string[]): unknown {
  const [part, ...rest] = parts
  if (part === undefined) return value
  if (Array.isArray(value)) return value.filter(isDoc).map((item) => dotted(item, parts)).filter((item) => item !== undefined)
  return isDoc(value) ? dotted(get(value, part), rest) : undefined
}

const among = (array: unknown[]): (value: unknown) => boolean => {
  const keys = new Set(array.map(keyOf))
  return (value) => keys.has(keyOf(value))
}

function entries ([value]: unknown[]): unknown {
  if (isNull(value)) return null
  return isDoc(value) ? Object.entries(value).map(([k, v]) => ({ k, v })) : fail(40390, '$objectToArray requires a document input')
}

/** Conversions of what has one obvious result; texts and the like are refused. */
const conversion = (name: string, convert: (value: unknown) => unknown): [string, Evaluate] => [name, ([value]) =>
  isNull(value) ? null : convert(value) ?? fail(241, `${name} of a value of type ${typeName(value)} is not supported`)]

const text = (value: unknown): string | undefined => {
  if (value instanceof ObjectId) return value.toHexString()
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string') return value
  // other numbers MongoDB prints in another way than JavaScript
  return typeof value === 'boolean' || (isNumeric(value) && /^-?\d+(\.\d+)?$/.test(String(value))) ? `${value as number}` : undefined
}

const date = (value: unknown): unknown => {
  if (value instanceof ObjectId) return value.getTimestamp()
  return isNumeric(value) ? new Date(Math.trunc(Number(value))) : value instanceof Date ? value : undefined
}

const long = (value: unknown): unknown => isNumeric(value) ? typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value))) : undefined

/** As in MongoDB, only ASCII letters change. */
const caseOf = (name: string, change: (text: string) => string): [string, Evaluate] => [name, ([value]) =>
  isNull(value) ? '' : (text(value) ?? fail(238, `${name} of a value of type ${typeName(value)} is not supported`)).replace(/[a-z]+/gi, change)]

/** Operators of one argument, which may come in an array of one. */
export const unary = new Map<string, Evaluate>([
  ['$not', ([value]) => !isTruthy(value)],
  ['$isArray', ([value]) => Array.isArray(value)],
  ['$isNumber', ([value]) => isNumeric(value)],
  ['$type', ([value]) => typeName(value)],
  ['$size', ([array]) => Array.isArray(array) ? array.length : fail(17124, 'The argument to $size must be an array')],
  ['$first', ([array]) => at([array, 0])],
  ['$last', ([array]) => at([array, -1])],
  ofArrays('$reverseArray', (array) => array.toReversed()),
  ['$objectToArray', entries],
  ['$strLenCP', ([value]) => typeof value === 'string' ? Array.from(value).length : fail(34471, '$strLenCP requires a string argument')],
  caseOf('$toLower', (value) => value.toLowerCase()),
  caseOf('$toUpper', (value) => value.toUpperCase()),
  conversion('$toString', text),
  conversion('$toLong', long),
  conversion('$toDouble', (value) => isNumeric(value) ? Number(value) : undefined),
  conversion('$toDate', date)
])

/** Operators of a list of arguments. */
export const nary = new Map<string, Evaluate>([
  ...arithmetic,
  ['$eq', ([a, b]) => order(a, b) === 0],
  ['$ne', ([a, b]) => order(a, b) !== 0],
  ['$gt', ([a, b]) => order(a, b) > 0],
  ['$gte', ([a, b]) => order(a, b) >= 0],
  ['$lt', ([a, b]) => order(a, b) < 0],
  ['$lte', ([a, b]) => order(a, b) <= 0],
  ['$cmp', ([a, b]) => order(a, b)],
  ['$sum', spread('$sum')],
  ['$avg', spread('$avg')],
  ['$min', spread('$min')],
  ['$max', spread('$max')],
  ['$mergeObjects', merged],
  ofStrings('$concat', (...texts) => texts.join('')),
  ofStrings('$split', (value, separator) => separator ? value.split(separator) : fail(40087, '$split requires a non-empty separator')),
  ofArrays('$concatArrays', (...arrays) => arrays.flat()),
  ['$dotted', ([value, parts]) => dotted(value, parts as string[])],
  ['$arrayElemAt', at],
  ['$in', ([value, array]) => Array.isArray(array) ? array.some((item) => sameValue(item, value)) : fail(40081, '$in requires an array as a second argument')],
  ['$slice', slice],
  ofArrays('$setUnion', (...arrays) => unique(arrays.flat())),
  ofArrays('$setIntersection', (first = [], ...rest) => unique(first).filter((value) => rest.every((array) => among(array)(value)))),
  ofArrays('$setDifference', (from = [], what = []) => unique(from.filter((value) => !among(what)(value)))),
  ofArrays('$setIsSubset', (inner = [], outer = []) => inner.every(among(outer)))
])
