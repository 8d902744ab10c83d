import { compareKeys, keyOf } from '../bson/keys.ts'
import { isDoc, plain, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { isOperatorForm, matcher } from '../query/matcher.ts'
import { SELF } from '../query/predicates.ts'
import { sorter, sortSpec } from '../query/sorting.ts'
import type { Change } from './paths.ts'

const MODIFIERS = new Set(['$each', '$position', '$slice', '$sort'])

function arrayAt (operator: string, current: unknown): unknown[] {
  if (Array.isArray(current)) return current
  return current === undefined ? [] : fail(2, `The field must be an array to apply ${operator}, but is of type ${typeof current}`)
}

function each (operator: string, operand: unknown, modifiers: Set<string>): { values: unknown[], rest: Doc } {
  if (!isDoc(operand) || !('$each' in operand)) return { values: [operand], rest: {} }
  const { $each: values, ...rest } = operand
  const unknown = Object.keys(rest).find((key) => !modifiers.has(key))
  if (unknown) fail(2, `Unrecognized clause in ${operator}: ${unknown}`)
  return Array.isArray(values) ? { values, rest: plain(rest) } : fail(2, `The argument to $each in ${operator} must be an array`)
}

function integer (name: string, value: unknown): number {
  return Number.isInteger(value) ? value as number : fail(2, `The value for ${name} must be an integer value`)
}

function sorted (array: unknown[], order: unknown): unknown[] {
  if (isDoc(order)) {
    const wrapped = Object.fromEntries(Object.entries(order).map(([path, sign]) => [`${SELF}.${path}`, sign]))
    return sorter(sortSpec(wrapped))(array.map((item) => ({ [SELF]: item }))).map((item) => item[SELF])
  }
  const sign = sortSpec({ value: order })[0]!.sign
  return array.toSorted((a, b) => sign * compareKeys(keyOf(a), keyOf(b)))
}

export function push (operand: unknown): Change {
  const { values, rest } = each('$push', operand, MODIFIERS)
  const at = '$position' in rest ? integer('$position', rest.$position) : Infinity
  const keep = '$slice' in rest ? integer('$slice', rest.$slice) : undefined
  return (current) => {
    const array = arrayAt('$push', current).slice()
    array.splice(at, 0, ...values)
    const ordered = '$sort' in rest ? sorted(array, rest.$sort) : array
    if (keep === undefined) return ordered
    return keep < 0 ? ordered.slice(keep) : ordered.slice(0, keep)
  }
}

export function addToSet (operand: unknown): Change {
  const { values } = each('$addToSet', operand, new Set())
  return (current) => {
    const array = arrayAt('$addToSet', current)
    const seen = new Set(array.map(keyOf))
    const added = values.filter((value) => seen.size < seen.add(keyOf(value)).size)
    return added.length > 0 ? [...array, ...added] : current ?? []
  }
}

export function pop (operand: unknown): Change {
  const end = Number(operand)
  if (end !== 1 && end !== -1) fail(9, `$pop expects 1 or -1, found: ${String(operand)}`)
  return (current) => {
    if (current === undefined) return undefined
    const array: unknown[] = Array.isArray(current) ? current : fail(14, 'Path contains an element of non-array type')
    if (array.length === 0) return current
    return end === 1 ? array.slice(0, -1) : array.slice(1)
  }
}

const without = (operator: string, isGone: (item: unknown) => boolean): Change => (current) => {
  if (current === undefined) return undefined
  const array = arrayAt(operator, current)
  const left = array.filter((item) => !isGone(item))
  return left.length === array.length ? array : left
}

export function pullAll (operand: unknown): Change {
  if (!Array.isArray(operand)) return fail(2, '$pullAll requires an array argument')
  const keys = new Set(operand.map(keyOf))
  return without('$pullAll', (item) => keys.has(keyOf(item)))
}

/** A condition on the elements themselves, or, given as a document without operators, on their fields. */
export function pull (operand: unknown): Change {
  if (isDoc(operand) && !isOperatorForm(operand)) {
    const test = matcher(operand)
    return without('$pull', (item) => isDoc(item) && test(item))
  }
  const test = matcher({ [SELF]: Array.isArray(operand) ? { $eq: operand } : operand })
  return without('$pull', (item) => test({ [SELF]: item }))
}
