import { BSONRegExp } from 'bson'
import { keyOf, TAG } from '../bson/keys.ts'
import { isNumeric, numericType } from '../bson/numbers.ts'
import { candidates, reader } from '../bson/paths.ts'
import { isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'

export type Test = (doc: Doc) => boolean
type ValueTest = (value: unknown) => boolean

/** The path of a value on its own, as `$elemMatch: { $gt: 1 }` tests it: an array there is not searched for elements. */
export const SELF = '\0self'

/** True if a value at the path, or an element of an array there, passes. */
export function some (path: string, test: ValueTest): Test {
  if (path === SELF) return (doc) => test(doc[SELF])
  const read = candidates(path)
  return (doc) => read(doc).some(test)
}

/** True if a value at the path passes, arrays taken as a whole. */
export function whole (path: string, test: ValueTest): Test {
  if (path === SELF) return (doc) => test(doc[SELF])
  const read = reader(path)
  return (doc) => read(doc).some(test)
}

export function equals (operand: unknown): ValueTest {
  const key = keyOf(operand)
  // most values are of one scalar type, and comparing them needs no key
  const scalar = typeof operand === 'string' || typeof operand === 'boolean'
  return scalar ? (value) => value === operand : (value) => value === operand || keyOf(value) === key
}

const NAN = keyOf(NaN)
const UNBRACKETED = new Set([TAG.min, TAG.max])

/** Compares within the operand's type bracket only; NaN is neither above nor below a number. */
export function inOrder (operand: unknown, accepts: (order: number) => boolean): ValueTest {
  const key = keyOf(operand)
  if (UNBRACKETED.has(key.charCodeAt(0))) fail(238, 'ranges up to MinKey or MaxKey are not supported')
  if (operand instanceof RegExp) fail(2, 'Can\'t have RegEx as arg to predicate over field')
  return (value) => {
    const other = keyOf(value)
    if (other === key) return accepts(0)
    return other[0] === key[0] && other !== NAN && key !== NAN && accepts(other < key ? -1 : 1)
  }
}

export function oneOf (operand: unknown): ValueTest {
  if (!Array.isArray(operand)) return fail(2, '$in needs an array')
  if (operand.some((item) => isDoc(item) && Object.keys(item)[0]?.startsWith('$'))) fail(2, 'cannot nest $ under $in')
  const keys = new Set(operand.map(keyOf))
  const patterns = operand.filter((item) => item instanceof RegExp)
  return (value) => keys.has(keyOf(value)) || patterns.some((pattern) => matches(pattern)(value))
}

export const matches = (pattern: RegExp): ValueTest => (value) => typeof value === 'string' && pattern.test(value)

/** BSON's numbers and names of types by the first letter of a key; numbers are told apart by their value. */
const TYPES: Record<string, [number, ValueTest]> = {
  double: [1, (value) => isNumeric(value) && numericType(value) === 'double'],
  string: [2, (value) => typeof value === 'string'],
  object: [3, isDoc],
  array: [4, Array.isArray],
  binData: [5, (value) => tagOf(value) === TAG.binary],
  objectId: [7, (value) => tagOf(value) === TAG.id],
  bool: [8, (value) => typeof value === 'boolean'],
  date: [9, (value) => value instanceof Date],
  null: [10, (value) => value === null],
  regex: [11, (value) => value instanceof BSONRegExp],
  int: [16, (value) => isNumeric(value) && numericType(value) === 'int'],
  timestamp: [17, (value) => tagOf(value) === TAG.timestamp],
  long: [18, (value) => typeof value === 'bigint'],
  minKey: [-1, (value) => tagOf(value) === TAG.min],
  maxKey: [127, (value) => tagOf(value) === TAG.max],
  number: [NaN, isNumeric],
  decimal: [19, () => false]
}

const tagOf = (value: unknown): number => keyOf(value).charCodeAt(0)

function typeTest (type: unknown): ValueTest {
  const known = Object.entries(TYPES).find(([name, [code]]) => type === name || type === code)
  return known ? known[1][1] : fail(2, `Unknown type name alias: ${String(type)}`)
}

export function ofType (operand: unknown): ValueTest {
  const tests = (Array.isArray(operand) ? operand : [operand]).map(typeTest)
  return (value) => tests.some((test) => test(value))
}

export function modulo (operand: unknown): ValueTest {
  if (!Array.isArray(operand) || operand.length !== 2 || !operand.every(isNumeric)) fail(2, 'malformed mod, needs to be an array of two numbers')
  const [divisor, remainder] = (operand as unknown[]).map((n) => Math.trunc(Number(n))) as [number, number]
  if (divisor === 0) fail(2, 'divisor cannot be 0')
  return (value) => {
    if (typeof value === 'bigint') return value % BigInt(divisor) === BigInt(remainder)
    return isNumeric(value) && Math.trunc(Number(value)) % divisor === remainder
  }
}

/** The name of a value's BSON type, as `$type` in an expression says it. */
export function typeName (value: unknown): string {
  if (value === undefined) return 'missing'
  return Object.keys(TYPES).find((name) => TYPES[name]![1](value))!
}
