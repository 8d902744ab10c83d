import type { FastifyInstance } from 'fastify'
import { getOperationAST } from 'graphql'
import type { RequestParams } from 'graphql-http'
import type { Resolvers } from './context.ts'
import type { DocumentOf } from './parsed-documents.ts'

/**
 * The span of an operation that is run, named by its type as the conventions say, since clients choose names as they like.
 * Without its document: that may have values.
 */
export function describeOperation ({ query, operationName }: RequestParams, documentOf: DocumentOf) {
  const type = getOperationAST(documentOf(query), operationName || undefined)?.operation
  return {
    name: type ?? 'GraphQL Operation',
    attributes: { ...(type && { 'graphql.operation.type': type }), ...(operationName && { 'graphql.operation.name': operationName }) },
    isFailure: ({ errors }: { errors?: readonly unknown[] | null }) => errors != null
  }
}

/** A span for each field of an operation itself. Of the links below there is one for each batch, by its loader; of properties none. */
export function traceRoots ({ tracing: { traced } }: Pick<FastifyInstance, 'tracing'>, roots: Resolvers): Resolvers {
  const trace = (type: string, fields: Resolvers[string]): Resolvers[string] => Object.fromEntries(Object.entries(fields).map(([field, resolve]) =>
    [field, resolve && traced(resolve, () => ({ name: `${type}.${field}`, attributes: {} }))]))

  return Object.fromEntries(Object.entries(roots).map(([type, fields]) => [type, trace(type, fields)]))
}
