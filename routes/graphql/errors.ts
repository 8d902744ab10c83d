import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { Problem } from '../../schemas/common.ts'

/** Messages of graphql-js about the values of variables, which have no mark of their own. */
const VARIABLE_FAULT = /^Variable "\$\w+" (got invalid value|of (required|non-null) type)/

/** Code of an error that kept the operation from running. */
function codeOf ({ extensions, message, nodes, positions }: GraphQLError): unknown {
  if (extensions.code !== undefined) return extensions.code
  if (nodes === undefined) return positions === undefined ? 'BAD_USER_INPUT' : 'GRAPHQL_PARSE_FAILED'
  return VARIABLE_FAULT.test(message) ? 'BAD_USER_INPUT' : 'GRAPHQL_VALIDATION_FAILED'
}

/** A problem as a GraphQL error, with the same code as in REST. */
export function toGraphqlError ({ title, detail, code, errors }: Problem): GraphQLFormattedError {
  return { message: detail ?? title, extensions: { code, ...(errors && { errors }) } }
}

interface Failed {
  errors: readonly GraphQLError[]
}

function isRefusal (error: unknown): error is Error & Failed {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}

/** How errors look to clients: every one has a code, none tells what is inside of the server. */
export function createErrors ({ problemOf }: Pick<FastifyInstance, 'problemOf'>) {
  function formatFieldError ({ locations, path, originalError }: GraphQLError, log: FastifyBaseLogger): GraphQLFormattedError {
    const problem = problemOf(originalError)
    if (problem.status >= 500) log.error({ err: originalError, path }, 'field failed')
    return { ...toGraphqlError(problem), locations, path }
  }

  function formatRequestError (error: GraphQLError): GraphQLFormattedError {
    return { message: error.message, locations: error.locations, extensions: { code: codeOf(error) } }
  }

  return {
    /** An error in the answer of an execution. Faults of arguments are of graphql-js, and the client's. */
    format (error: GraphQLError, log: FastifyBaseLogger): GraphQLFormattedError {
      if (error.path === undefined) return formatRequestError(error)
      if (!(error.originalError instanceof GraphQLError)) return formatFieldError(error, log)
      return { message: error.message, locations: error.locations, path: error.path, extensions: { code: 'BAD_USER_INPUT' } }
    },

    /** What kept the operation from running, from what Mercurius throws; anything else is thrown again. */
    ofRefusal (refusal: unknown): GraphQLFormattedError[] {
      if (refusal instanceof GraphQLError) return [formatRequestError(refusal)]
      if (!isRefusal(refusal)) throw refusal
      return refusal.errors.map(formatRequestError)
    }
  }
}
