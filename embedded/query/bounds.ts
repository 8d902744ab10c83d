import { compareKeys, keyOf, TAG } from '../bson/keys.ts'
import { isDoc, type Doc } from '../bson/values.ts'

/** A stretch of an index field's keys; `point` is the key if there is only one. */
export interface Interval { low: string, high: string, point?: string }

/** What one condition says about a path: its values lie in one of these, in order and apart from one another. */
export interface Condition { path: string, operator: string, operand: unknown, intervals?: Interval[] }

const char = String.fromCharCode
const before = (key: string): string => key + '\0'
const after = (key: string): string => key + '\uffff'

export const EVERYTHING: Interval = { low: '\0', high: '\uffff' }

const pointAt = (key: string): Interval => ({ low: before(key), high: after(key), point: key })

const bracket = (key: string): Interval => {
  const tag = key.charCodeAt(0)
  return { low: after(char(tag - 1)), high: before(char(tag + 1)) }
}

/** A range bounded on one side ends with the operand's type; for null it is equality. */
function range (operand: unknown, operator: string): Interval[] {
  const key = keyOf(operand)
  if (key.charCodeAt(0) === TAG.null) return operator.endsWith('e') ? [pointAt(key)] : []
  const { low, high } = bracket(key)
  switch (operator) {
    case '$gt': return [{ low: after(key), high }]
    case '$gte': return [{ low: before(key), high }]
    case '$lt': return [{ low, high: before(key) }]
    default: return [{ low, high: after(key) }]
  }
}

const RANGES = new Set(['$gt', '$gte', '$lt', '$lte'])
/** A whole array is not among an index's keys, its elements are; a pattern is no value. */
const isKey = (operand: unknown): boolean => !Array.isArray(operand) && !(operand instanceof RegExp)

/** The intervals that hold every match of a condition, or undefined if an index cannot help. */
function intervalsOf (operator: string, operand: unknown): Interval[] | undefined {
  if (operator === '$in' && Array.isArray(operand) && operand.every(isKey)) {
    return [...new Set(operand.map(keyOf))].sort(compareKeys).map(pointAt)
  }
  if (!isKey(operand)) return undefined
  if (operator === '$eq') return [pointAt(keyOf(operand))]
  return RANGES.has(operator) ? range(operand, operator) : undefined
}

function fieldConditions (path: string, operand: unknown): Condition[] {
  const operators = isDoc(operand) && Object.keys(operand)[0]?.startsWith('$') ? Object.entries(operand) : [['$eq', operand] as const]
  return operators.map(([operator, value]) => ({ path, operator, operand: value, intervals: intervalsOf(operator, value) }))
}

const isPath = (expression: unknown): expression is string => typeof expression === 'string' && /^\$[^$]/.test(expression)

/** What `$eq: ['$field', '$$variable']` says about a field: no less than an equality in a query does. */
function expressionConditions (expression: unknown, variables: Doc): Condition[] {
  if (!isDoc(expression)) return []
  if (Array.isArray(expression.$and)) return expression.$and.flatMap((part) => expressionConditions(part, variables))
  const sides: unknown[] = Array.isArray(expression.$eq) ? expression.$eq : []
  const path = sides.find(isPath)
  const name = sides.find((side) => typeof side === 'string' && /^\$\$[^.]+$/.test(side)) as string | undefined
  return path && name && Object.hasOwn(variables, name.slice(2)) ? fieldConditions(path.slice(1), { $eq: variables[name.slice(2)] }) : []
}

/** The conditions that every match of a (prepared) filter meets: its fields', and those below `$and`. */
export function conditions (filter: Doc, variables: Doc = {}): Condition[] {
  return Object.entries(filter).flatMap(([path, operand]) => {
    if (path === '$and' && Array.isArray(operand)) return operand.filter(isDoc).flatMap((part) => conditions(part, variables))
    if (path === '$expr') return expressionConditions(operand, variables)
    return path.startsWith('$') ? [] : fieldConditions(path, operand)
  })
}

const larger = (a: string, b: string): string => a > b ? a : b
const smaller = (a: string, b: string): string => a < b ? a : b

export function intersect (one: Interval[], other: Interval[]): Interval[] {
  return one.flatMap((a) => other.flatMap((b) => {
    const low = larger(a.low, b.low)
    const high = smaller(a.high, b.high)
    if (low >= high) return []
    return [a.point !== undefined ? a : b.point !== undefined ? b : { low, high }]
  }))
}

const isWithin = (inner: Interval[], outer: Interval[]): boolean =>
  inner.every((a) => outer.some((b) => a.low >= b.low && a.high <= b.high))

const NULL = [pointAt(keyOf(null))]
/** No match has the field missing. */
export const isPresent = ({ intervals, operator, operand }: Condition): boolean =>
  intervals ? intersect(intervals, NULL).length === 0 : operator === '$exists' && operand === true

/** True if whoever meets one of the conditions meets `wanted` too; when in doubt false. */
export function implies (known: Condition[], wanted: Condition): boolean {
  return known.filter(({ path }) => path === wanted.path).some((condition) => {
    if (wanted.operator === '$exists' && wanted.operand === true && isPresent(condition)) return true
    if (condition.intervals && wanted.intervals) return isWithin(condition.intervals, wanted.intervals)
    return condition.operator === wanted.operator && keyOf(condition.operand) === keyOf(wanted.operand)
  })
}
