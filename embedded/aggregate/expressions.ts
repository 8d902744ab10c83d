import { evalExpr } from 'mingo/core'
import * as mingo from 'mingo/operators/expression'
import type { Options } from 'mingo/types'
import { fail } from '../errors.ts'
import { nary, unary } from './operators.ts'

type Expression = (doc: unknown, expression: unknown, options: Options) => unknown
type Table = Record<`$${string}`, Expression>

/** mingo's operators that agree with MongoDB as they are: those that only choose or pass values, and those of dates. */
const {
  $and, $or, $cond, $ifNull, $switch, $let, $literal, $map, $filter, $reduce, $range, $trim, $ltrim, $rtrim,
  $year, $month, $dayOfMonth, $dayOfWeek, $dayOfYear, $hour, $minute, $second, $millisecond, $dateToString, $dateTrunc,
  $dateAdd, $dateSubtract, $dateDiff
} = mingo

function ofOne (name: string, evaluate: (args: unknown[]) => unknown): Expression {
  return (doc, expression, options) => {
    if (Array.isArray(expression) && expression.length !== 1) fail('BadValue', `Expression ${name} takes exactly 1 arguments. ${expression.length} were passed in.`)
    return evaluate([evalExpr(doc, Array.isArray(expression) ? expression[0] : expression, options)])
  }
}

const ofMany = (evaluate: (args: unknown[]) => unknown): Expression => (doc, expression, options) =>
  evaluate((Array.isArray(expression) ? expression : [expression]).map((argument) => evalExpr(doc, argument, options)))

/** What expressions may contain; everything else is refused, rather than answered as mingo would, which may be wrong. */
export const expressionOperators: Table = {
  $and,
  $or,
  $cond,
  $ifNull,
  $switch,
  $let,
  $literal,
  $map,
  $filter,
  $reduce,
  $range,
  $trim,
  $ltrim,
  $rtrim,
  $year,
  $month,
  $dayOfMonth,
  $dayOfWeek,
  $dayOfYear,
  $hour,
  $minute,
  $second,
  $millisecond,
  $dateToString,
  $dateTrunc,
  $dateAdd,
  $dateSubtract,
  $dateDiff,
  ...Object.fromEntries([...unary].map(([name, evaluate]) => [name, ofOne(name, evaluate)])),
  ...Object.fromEntries([...nary].map(([name, evaluate]) => [name, ofMany(evaluate)]))
} as Table
