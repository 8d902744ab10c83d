import { BSONRegExp, Long } from 'bson'
import { Context, evalExpr } from 'mingo/core'
import { Query } from 'mingo/query'
import type { Options } from 'mingo/types'
import { expressionOperators } from '../aggregate/expressions.ts'
import { checked } from '../aggregate/check.ts'
import { isTruthy } from '../aggregate/operators.ts'
import { isDoc, plain, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { equals, inOrder, matches, modulo, ofType, oneOf, SELF, some, whole, type Test } from './predicates.ts'

export type { Test } from './predicates.ts'

type Operator = (path: string, operand: unknown, options: Options) => Test

const not = (test: Test): Test => (doc) => !test(doc)

const query = (filter: unknown, options: Options): Test => {
  if (!isDoc(filter)) return fail(2, 'a query has to be an object')
  const compiled = new Query(filter, options)
  return (doc) => compiled.test(doc)
}

function clauses (name: string, list: unknown, options: Options): Test[] {
  if (!Array.isArray(list) || list.length === 0) return fail(2, `${name} must be a nonempty array`)
  return list.map((clause) => query(clause, options))
}

const LOGICAL = new Set(['$and', '$or', '$nor'])
export const isOperatorForm = (operand: Doc): boolean =>
  Object.keys(operand).some((key) => key.startsWith('$') && !LOGICAL.has(key))

function elemMatch (path: string, operand: unknown, options: Options): Test {
  if (!isDoc(operand)) return fail(2, '$elemMatch needs an Object')
  const byValue = isOperatorForm(operand)
  const test = query(byValue ? { [SELF]: operand } : operand, options)
  const passes = byValue ? (item: unknown) => test({ [SELF]: item }) : (item: unknown) => isDoc(item) && test(item)
  return whole(path, (value) => Array.isArray(value) && value.some(passes))
}

function all (path: string, operand: unknown, options: Options): Test {
  if (!Array.isArray(operand)) return fail(2, '$all needs an array')
  const tests = operand.map((item: unknown) => {
    if (isDoc(item) && Object.keys(item)[0] === '$elemMatch') return elemMatch(path, item.$elemMatch, options)
    return some(path, item instanceof RegExp ? oneOf([item]) : equals(item))
  })
  return (doc) => tests.length > 0 && tests.every((test) => test(doc))
}

function negation (path: string, operand: unknown, options: Options): Test {
  if (operand instanceof RegExp) return not(some(path, oneOf([operand])))
  if (!isDoc(operand) || !isOperatorForm(operand)) return fail(2, '$not needs a regex or a document')
  return not(query({ [path]: operand }, options))
}

function sizeOf (path: string, operand: unknown): Test {
  const size = Number(operand)
  if (!Number.isInteger(size) || size < 0) fail(2, `Failed to parse $size. Expected a non-negative integer in: ${String(operand)}`)
  return whole(path, (value) => Array.isArray(value) && value.length === size)
}

function unequal (path: string, operand: unknown): Test {
  if (operand instanceof RegExp) fail(2, 'Can\'t have regex as arg to $ne.')
  return not(some(path, equals(operand)))
}

/** The query operators: the ones of mingo differ from MongoDB for arrays, null, 64-bit integers and BSON's own types. */
const operators: Record<`$${string}`, Operator> = {
  $eq: (path, operand) => some(path, equals(operand)),
  $ne: unequal,
  $gt: (path, operand) => some(path, inOrder(operand, (order) => order > 0)),
  $gte: (path, operand) => some(path, inOrder(operand, (order) => order >= 0)),
  $lt: (path, operand) => some(path, inOrder(operand, (order) => order < 0)),
  $lte: (path, operand) => some(path, inOrder(operand, (order) => order <= 0)),
  $in: (path, operand) => some(path, oneOf(operand)),
  $nin: (path, operand) => not(some(path, oneOf(operand))),
  $exists: (path, operand) => {
    const exists = whole(path, (value) => value !== undefined)
    return isTruthy(operand) ? exists : not(exists)
  },
  $type: (path, operand) => some(path, ofType(operand)),
  $regex: (path, operand) => some(path, matches(operand as RegExp)),
  $mod: (path, operand) => some(path, modulo(operand)),
  $size: sizeOf,
  $all: all,
  $elemMatch: elemMatch,
  $not: negation,
  $and: (_, list, options) => { const tests = clauses('$and', list, options); return (doc) => tests.every((test) => test(doc)) },
  $or: (_, list, options) => { const tests = clauses('$or', list, options); return (doc) => tests.some((test) => test(doc)) },
  $nor: (_, list, options) => { const tests = clauses('$nor', list, options); return (doc) => !tests.some((test) => test(doc)) },
  $expr: (_, expression, options) => {
    const known = checked(expression)
    return (doc) => isTruthy(evalExpr(plain(doc), known, options))
  }
}

const CONTEXT = Context.init({ query: operators, expression: expressionOperators })

const FLAGS = /^[ims]*$/

/** PCRE as far as JavaScript's Unicode mode agrees with it: that mode refuses what it does not know. */
function regExp (pattern: string, flags: string): RegExp {
  if (!FLAGS.test(flags)) fail(51091, `the regular expression options '${flags}' are not supported`)
  try {
    return new RegExp(pattern, flags + 'u')
  } catch (cause) {
    return fail(51091, `Regular expression is invalid or not supported: ${(cause as Error).message}`)
  }
}

function preparedRegex ({ $regex, $options, ...rest }: Doc): Doc {
  const flags = typeof $options === 'string' ? $options : ''
  if ($regex instanceof BSONRegExp) return { ...rest, $regex: regExp($regex.pattern, flags || $regex.options) }
  return { ...rest, $regex: typeof $regex === 'string' ? regExp($regex, flags) : fail(2, '$regex has to be a string') }
}

/** A filter as mingo takes it: JavaScript's regular expressions, bare numbers (it prints filters as JSON, which knows no bigint), no comments. */
export function prepared (value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : Long.fromBigInt(value)
  if (value instanceof BSONRegExp) return regExp(value.pattern, value.options)
  if (Array.isArray(value)) return value.map(prepared)
  if (!isDoc(value)) return value
  const { $comment, ...doc } = value
  const known = '$regex' in doc ? preparedRegex(doc) : doc
  return Object.fromEntries(Object.entries(known).map(([key, item]) => [key, key === '$expr' ? item : prepared(item)]))
}

export const preparedFilter = (filter: Doc): Doc => prepared(plain(filter)) as Doc

/**
 * The compiled form of a filter.
 * @throws BadValue for operators that MongoDB or this engine does not know
 */
export function matcher (filter: Doc, variables?: Doc): Test {
  const keys = Object.keys(filter)
  if (keys.length === 0) return () => true
  return query(preparedFilter(filter), { context: CONTEXT, variables } as Options)
}
