import { Timestamp } from 'bson'
import { compareValues } from '../bson/keys.ts'
import { exactly, isNumeric, PRODUCT, SUM, type Numeric } from '../bson/numbers.ts'
import { isDoc, plain, show } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { typeName } from '../query/predicates.ts'
import { addToSet, pop, pull, pullAll, push } from './arrays.ts'
import type { Change } from './paths.ts'

function calculate (name: string, operation: typeof SUM, operand: unknown): Change {
  if (!isNumeric(operand)) return fail(14, `Cannot ${name === '$inc' ? 'increment' : 'multiply'} with non-numeric argument: ${show(operand)}`)
  return (current) => {
    // a missing field counts as a zero of the operand's type
    const start = current === undefined ? exactly(PRODUCT, operand, 0) as Numeric : current
    if (!isNumeric(start)) return fail(14, `Cannot apply ${name} to a value of non-numeric type. The field is of non-numeric type ${typeName(start)}`)
    return exactly(operation, start, operand) ?? fail(2, `Failed to apply ${name} operations to current value: the result does not fit`)
  }
}

const bound = (operand: unknown, sign: number): Change => (current) =>
  current === undefined || sign * compareValues(operand, current) > 0 ? operand : current

function now (operand: unknown): Change {
  const type = isDoc(operand) ? operand.$type : operand
  if (type === true || type === false || type === 'date') return () => new Date()
  return type === 'timestamp' ? () => new Timestamp({ t: Math.floor(Date.now() / 1000), i: 1 }) : fail(2, 'The argument of $currentDate must be true or { $type: "date" | "timestamp" }')
}

interface Operator { change: (operand: unknown) => Change, creates: boolean }

/** mingo's update operators pass over what MongoDB answers with an error, and know no 64-bit integers: these are ours. */
export const operators = new Map<string, Operator>([
  ['$set', { change: (value) => () => value, creates: true }],
  ['$unset', { change: () => () => undefined, creates: false }],
  ['$inc', { change: (operand) => calculate('$inc', SUM, operand), creates: true }],
  ['$mul', { change: (operand) => calculate('$mul', PRODUCT, operand), creates: true }],
  ['$min', { change: (operand) => bound(operand, -1), creates: true }],
  ['$max', { change: (operand) => bound(operand, 1), creates: true }],
  ['$currentDate', { change: now, creates: true }],
  ['$push', { change: push, creates: true }],
  ['$addToSet', { change: addToSet, creates: true }],
  ['$pop', { change: pop, creates: false }],
  ['$pull', { change: (operand) => pull(isDoc(operand) ? plain(operand) : operand), creates: false }],
  ['$pullAll', { change: pullAll, creates: false }]
])
