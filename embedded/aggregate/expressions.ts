import { evalExpr } from 'mingo/core'
import * as mingo from 'mingo/operators/expression'
import type { Options } from 'mingo/types'
import { fail } from '../errors.ts'
import type { Evaluate } from './arithmetic.ts'
import { nary, unary } from './operators.ts'

type Expression = (doc: unknown, expression: unknown, options: Options) => unknown

/** mingo's operators that agree with MongoDB as they are: those that only choose or pass values, and those of dates. */
const AS_THEY_ARE = ['$and', '$or', '$cond', '$ifNull', '$switch', '$let', '$literal', '$map', '$filter', '$reduce', '$range',
  '$year', '$month', '$dayOfMonth', '$dayOfWeek', '$dayOfYear', '$hour', '$minute', '$second', '$millisecond',
  '$dateToString', '$dateTrunc', '$dateAdd', '$dateSubtract', '$dateDiff'] as const

const ofOne = (name: string, evaluate: Evaluate): Expression => (doc, expression, options) => {
  if (Array.isArray(expression) && expression.length !== 1) fail(16020, `Expression ${name} takes exactly 1 arguments. ${expression.length} were passed in.`)
  return evaluate([evalExpr(doc, Array.isArray(expression) ? expression[0] : expression, options)])
}

const ofMany = (evaluate: Evaluate): Expression => (doc, expression, options) =>
  evaluate((Array.isArray(expression) ? expression : [expression]).map((argument) => evalExpr(doc, argument, options)))

/** What expressions may contain; everything else is refused, rather than answered as mingo would, which may be wrong. */
export const expressionOperators: Record<`$${string}`, Expression> = Object.fromEntries([
  ...AS_THEY_ARE.map((name) => [name, mingo[name] as Expression] as const),
  ...[...unary].map(([name, evaluate]) => [name, ofOne(name, evaluate)] as const),
  ...[...nary].map(([name, evaluate]) => [name, ofMany(evaluate)] as const)
])
