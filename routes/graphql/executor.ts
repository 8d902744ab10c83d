import type { FastifyInstance, FastifyRequest } from 'fastify'
import { OperationTypeNode, getOperationAST } from 'graphql'
import type { RequestParams } from 'graphql-http'
import { RequestScope } from './context.ts'
import type { createErrors } from './errors.ts'
import type { RequireHarmless } from './guards.ts'
import type { Result } from './http.ts'
import type { DocumentOf } from './parsed-documents.ts'
import { refusal } from './refusal.ts'
import { describeOperation } from './spans.ts'

const NAME = /^[_A-Za-z]\w{0,255}$/
const ANONYMOUS = 'anonymous'
const MUTATION = /\bmutation\b/

/**
 * Mercurius keeps one compiled query per text, whichever operation of it was asked for first. A comment makes the
 * text differ for each operation of a document, so that no request runs another one than it names; without a name it
 * is empty, or a document with such a comment of its own would run the operation that others compiled.
 */
function toSource (query: string, operationName: string | undefined): string {
  if (operationName === undefined) return `${query}\n#`
  if (!NAME.test(operationName)) throw refusal('BAD_USER_INPUT', 'The operation name is not a name')
  return `${query}\n#${operationName}`
}

/** Whether the operation would change something. A text that cannot be parsed does not, and is refused later. */
export function isMutation ({ query, operationName }: RequestParams, documentOf: DocumentOf): boolean {
  if (!MUTATION.test(query)) return false
  try {
    const document = documentOf(query)
    return getOperationAST(document, operationName || undefined)?.operation === OperationTypeNode.MUTATION
  } catch {
    return false
  }
}

/** Name of an operation for logs and metrics: the one it was asked for by, or that of the only operation of its text; `anonymous` without either. */
function nameOf ({ query, operationName }: RequestParams, documentOf: DocumentOf): string {
  if (operationName) return operationName
  try {
    return getOperationAST(documentOf(query))?.name?.value ?? ANONYMOUS
  } catch {
    return ANONYMOUS
  }
}

type Needs = Pick<FastifyInstance, 'createLoaders' | 'graphql' | 'observeOperation' | 'tracing'>

interface Rules {
  documentOf: DocumentOf
  errors: ReturnType<typeof createErrors>
  requireHarmless: RequireHarmless
}

/** Runs operations by Mercurius: parsed and checked once per text, compiled when a text comes again. */
export function createExecutor ({ createLoaders, graphql, observeOperation, tracing }: Needs, { documentOf, errors, requireHarmless }: Rules) {
  const runHarmless = tracing.traced(async function runHarmless ({ query, variables, operationName }: RequestParams, scope: RequestScope) {
    const name = operationName || undefined
    return await graphql(toSource(query, name), { scope }, variables ?? undefined, name)
  }, (params) => describeOperation(params, documentOf))

  async function run (params: RequestParams, scope: RequestScope) {
    // all transports come by here; also the only thing between JSON and Mercurius, which takes it for a parsed document
    requireHarmless(params)
    return await runHarmless(params, scope)
  }

  return {
    execute: (params: RequestParams, request: FastifyRequest): Promise<Result> => run(params, new RequestScope(request, createLoaders))
      .catch((error: unknown) => ({ data: undefined, errors: errors.ofRefusal(error) })),

    /** Names the operation to logs and metrics, whether it is run or its answer is kept. */
    observe: async <T extends Result | undefined>(params: RequestParams, request: FastifyRequest, answer: () => Promise<T>): Promise<T> => {
      const operation = nameOf(params, documentOf)
      if (request.requestContext) request.requestContext.operation = `graphql ${operation}`
      const start = performance.now()
      const result = await answer()
      observeOperation(operation, (performance.now() - start) / 1000, result?.errors !== undefined)
      return result
    }
  }
}
