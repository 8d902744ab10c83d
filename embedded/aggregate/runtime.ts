import { evalExpr } from 'mingo/core'
import { Aggregator } from 'mingo/aggregator'
import { Context } from 'mingo/core'
import type { Options } from 'mingo/types'
import { plain, type Doc } from '../bson/values.ts'
import type { View } from '../storage/database.ts'
import { checked } from './check.ts'
import { expressionOperators } from './expressions.ts'

/** What the stages of a pipeline run with. */
export interface Runtime { view: View, db: string, variables: Doc }

type Pass = NonNullable<NonNullable<Parameters<typeof Context.init>[0]>['pipeline']>[`$${string}`]

const CONTEXT = Context.init({
  expression: expressionOperators,
  pipeline: { $prepare: ((docs, receive: (options: Options) => void, options) => { receive(options); return docs }) as Pass }
})

/** mingo's own form of its options: given any other, it would copy its operators for each evaluation. */
function preparedOptions (variables: Doc): Options {
  let prepared: Options | undefined
  new Aggregator([{ $prepare: (options: Options) => { prepared = options } }], { context: CONTEXT, variables }).stream([])
  return prepared!
}

/** An expression as a function of a document. */
export function evaluator (expression: unknown, runtime: Runtime): (doc: Doc) => unknown {
  const known = checked(expression)
  const options = preparedOptions(runtime.variables)
  return (doc) => evalExpr(plain(doc), known, options)
}
