import { ObjectId } from 'bson'
import { compareValues, keyOf, sameValue } from '../bson/keys.ts'
import { isInt32, isDoc } from '../bson/values.ts'
import { isNumeric } from '../bson/numbers.ts'
import { fail } from '../errors.ts'
import { typeName } from '../query/predicates.ts'
import { merged, spread, unique } from './accumulators.ts'
import { arithmetic } from './arithmetic.ts'

export const isTruthy = (value: unknown): boolean => value !== undefined && value !== null && value !== false && Number(value) !== 0

const isNull = (value: unknown): value is null | undefined => value === null || value === undefined

type Evaluate = (args: unknown[]) => unknown

/** A function of arrays: null if one of them is null or missing, an error for anything else. */
const ofArrays = (name: string, of: (...arrays: unknown[][]) => unknown): Evaluate => (args) => {
  if (args.some(isNull)) return null
  return args.every(Array.isArray) ? of(...args) : fail('BadValue', `${name} needs arrays`)
}

const ofStrings = (name: string, of: (...texts: string[]) => unknown): Evaluate => (args) => {
  if (args.some(isNull)) return null
  return args.every((value) => typeof value === 'string') ? of(...args) : fail('BadValue', `${name} requires string arguments`)
}

const order = (accepts: (order: number) => boolean): Evaluate => ([a, b]) => accepts(a === undefined || b === undefined ? missingFirst(a, b) : compareValues(a, b))

/** In expressions, unlike queries, a missing field is less than null. */
const missingFirst = (a: unknown, b: unknown): number => Number(b === undefined) - Number(a === undefined)

function at ([array, position]: unknown[]): unknown {
  if (isNull(array) || isNull(position)) return null
  const index = Number(position)
  if (!Array.isArray(array) || !Number.isInteger(index)) return fail('BadValue', '$arrayElemAt needs an array and an integer')
  return array.at(index)
}

function contains ([value, array]: unknown[]): boolean {
  return Array.isArray(array) ? array.some((item) => sameValue(item, value)) : fail('BadValue', '$in requires an array as a second argument')
}

function slice ([array, ...range]: unknown[]): unknown {
  const [from, count] = range.map(Number) as [number, number | undefined]
  if (isNull(array) || range.some(isNull)) return null
  if (!Array.isArray(array) || !Number.isInteger(from)) return fail('BadValue', '$slice needs an array and integers')
  if (count === undefined) return from < 0 ? array.slice(from) : array.slice(0, from)
  if (!Number.isInteger(count) || count <= 0) fail('BadValue', 'Third argument to $slice must be positive')
  const start = from < 0 ? Math.max(0, array.length + from) : from
  return array.slice(start, start + count)
}

const among = (array: unknown[]): (value: unknown) => boolean => {
  const keys = new Set(array.map(keyOf))
  return (value) => keys.has(keyOf(value))
}

function pairs (value: unknown): unknown {
  if (isNull(value)) return null
  return isDoc(value) ? Object.entries(value).map(([k, v]) => ({ k, v })) : fail('BadValue', '$objectToArray requires a document input')
}

function toNumber (name: string, value: unknown, accepts: (number: number) => boolean): number | null {
  if (isNull(value)) return null
  const number = value instanceof Date || typeof value !== 'object' ? Number(value) : NaN
  const isText = typeof value === 'string'
  if (!accepts(number) || (isText && !/^[+-]?\d+(\.\d+)?$/.test(value))) fail('BadValue', `Failed to convert ${String(value)} in ${name} with no onError value`)
  return number
}

function toText (value: unknown): string | null {
  if (isNull(value)) return null
  if (value instanceof Date) return value.toISOString()
  if (value instanceof ObjectId) return value.toHexString()
  if (typeof value === 'object' || (typeof value === 'number' && !isInt32(value) && /[eIN]/.test(String(value)))) fail('NotImplemented', '$toString of this value is not supported')
  return String(value)
}

function toInt (value: unknown): number | null {
  if (value instanceof Date) fail('BadValue', 'Unsupported conversion from date to int')
  const number = toNumber('$toInt', value, (n) => isInt32(Math.trunc(n) + 0) && (typeof value !== 'string' || Number.isInteger(n)))
  return number === null ? null : Math.trunc(number) + 0
}

function toLong (value: unknown): bigint | null {
  if (typeof value === 'bigint') return value
  const number = toNumber('$toLong', value, (n) => Number.isSafeInteger(Math.trunc(n)) && (typeof value !== 'string' || Number.isInteger(n)))
  return number === null ? null : BigInt(Math.trunc(number))
}

function toDate (value: unknown): Date | null {
  if (isNull(value) || value instanceof Date) return value ?? null
  if (value instanceof ObjectId) return value.getTimestamp()
  return isNumeric(value) ? new Date(Math.trunc(Number(value))) : fail('NotImplemented', '$toDate of this value is not supported')
}

const caseOf = (name: string, change: (text: string) => string): [string, Evaluate] => [name, ([text]) => {
  if (isNull(text)) return ''
  // as MongoDB, only ASCII letters change
  return typeof text === 'string' ? text.replace(/[a-z]+/gi, change) : fail('BadValue', `${name} requires a string argument`)
}]

/** Operators of one argument, which may come in an array of one. */
export const unary = new Map<string, Evaluate>([
  ['$not', ([value]) => !isTruthy(value)],
  ['$isArray', ([value]) => Array.isArray(value)],
  ['$isNumber', ([value]) => isNumeric(value)],
  ['$type', ([value]) => typeName(value)],
  ['$size', ([array]) => Array.isArray(array) ? array.length : fail('BadValue', 'The argument to $size must be an array')],
  ['$first', ([array]) => at([array, 0])],
  ['$last', ([array]) => at([array, -1])],
  ['$reverseArray', ofArrays('$reverseArray', (array) => array.toReversed())],
  ['$objectToArray', ([value]) => pairs(value)],
  ['$strLenCP', ([text]) => typeof text === 'string' ? Array.from(text).length : fail('BadValue', '$strLenCP requires a string argument')],
  ['$strLenBytes', ([text]) => typeof text === 'string' ? Buffer.byteLength(text) : fail('BadValue', '$strLenBytes requires a string argument')],
  caseOf('$toLower', (text) => text.toLowerCase()),
  caseOf('$toUpper', (text) => text.toUpperCase()),
  ['$toString', ([value]) => toText(value)],
  ['$toInt', ([value]) => toInt(value)],
  ['$toLong', ([value]) => toLong(value)],
  ['$toDouble', ([value]) => toNumber('$toDouble', value, (n) => !Number.isNaN(n))],
  ['$toBool', ([value]) => isNull(value) ? null : isTruthy(value) || typeof value === 'string'],
  ['$toDate', ([value]) => toDate(value)]
])

/** Operators of a list of arguments. */
export const nary = new Map<string, Evaluate>([
  ...arithmetic,
  ['$eq', order((sign) => sign === 0)],
  ['$ne', order((sign) => sign !== 0)],
  ['$gt', order((sign) => sign > 0)],
  ['$gte', order((sign) => sign >= 0)],
  ['$lt', order((sign) => sign < 0)],
  ['$lte', order((sign) => sign <= 0)],
  ['$cmp', ([a, b]) => a === undefined || b === undefined ? missingFirst(a, b) : compareValues(a, b)],
  ...['$sum', '$avg', '$min', '$max'].map((name): [string, Evaluate] => [name, spread(name)]),
  ['$mergeObjects', merged],
  ['$concat', ofStrings('$concat', (...texts) => texts.join(''))],
  ['$split', ofStrings('$split', (text, separator) => separator === '' ? fail('BadValue', '$split requires a non-empty separator') : text.split(separator))],
  ['$concatArrays', ofArrays('$concatArrays', (...arrays) => arrays.flat())],
  ['$arrayElemAt', at],
  ['$in', contains],
  ['$slice', slice],
  ['$setUnion', ofArrays('$setUnion', (...arrays) => unique(arrays.flat()))],
  ['$setIntersection', ofArrays('$setIntersection', (first = [], ...rest) => unique(first).filter((value) => rest.every((array) => among(array)(value))))],
  ['$setDifference', ofArrays('$setDifference', (from = [], what = []) => unique(from).filter((value) => !among(what)(value)))],
  ['$setIsSubset', ofArrays('$setIsSubset', (inner = [], outer = []) => inner.every(among(outer)))]
])
