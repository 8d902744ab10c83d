import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GraphQLError, OperationTypeNode, getOperationAST, parse } from 'graphql'
import type { RequestParams } from 'graphql-http'
import { RequestScope } from './context.ts'
import type { createErrors } from './errors.ts'
import { MAX_TOKENS, isJson } from './guards.ts'
import type { Result } from './http.ts'

const NAME = /^[_A-Za-z]\w{0,255}$/
const MUTATION = /\bmutation\b/

/**
 * Mercurius keeps one compiled query per text, whichever operation of it was asked for first. A comment makes the
 * text differ for each operation of a document, so that no request runs another one than it names; without a name it
 * is empty, or a document with such a comment of its own would run the operation that others compiled.
 */
function toSource (query: string, operationName: string | undefined): string {
  if (operationName === undefined) return `${query}\n#`
  if (!NAME.test(operationName)) throw new GraphQLError('The operation name is not a name', { extensions: { code: 'BAD_USER_INPUT' } })
  return `${query}\n#${operationName}`
}

/** Whether the operation would change something. A text that cannot be parsed does not, and is refused later. */
export function isMutation ({ query, operationName }: RequestParams): boolean {
  if (!MUTATION.test(query)) return false
  try {
    const document = parse(query, { maxTokens: MAX_TOKENS, noLocation: true })
    return getOperationAST(document, operationName || undefined)?.operation === OperationTypeNode.MUTATION
  } catch {
    return false
  }
}

type Needs = Pick<FastifyInstance, 'createLoaders' | 'graphql' | 'observeOperation'>

/** Runs operations by Mercurius: parsed and checked once per text, compiled when a text comes again. */
export function createExecutor ({ createLoaders, graphql, observeOperation }: Needs, errors: ReturnType<typeof createErrors>) {
  async function run ({ query, variables, operationName }: RequestParams, scope: RequestScope) {
    const name = operationName || undefined
    // throws: no JSON is GraphQL
    if (isJson(query)) parse(query, { maxTokens: MAX_TOKENS })
    return await graphql(toSource(query, name), { scope }, variables ?? undefined, name)
  }

  return {
    execute: (params: RequestParams, request: FastifyRequest) => run(params, new RequestScope(request, createLoaders))
      .catch((error: unknown) => ({ data: undefined, errors: errors.ofRefusal(error) })),

    /** Names the operation to logs and metrics, whether it is run or its answer is kept. */
    observe: async (params: RequestParams, request: FastifyRequest, answer: () => Promise<Result | undefined>): Promise<Result | undefined> => {
      const operation = params.operationName || 'anonymous'
      if (request.requestContext) request.requestContext.operation = `graphql ${operation}`
      const start = performance.now()
      const result = await answer()
      observeOperation(operation, (performance.now() - start) / 1000, result?.errors !== undefined)
      return result
    }
  }
}
