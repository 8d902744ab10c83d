import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { Problem } from '../../schemas/common.ts'

/** Messages of graphql-js about operation names and values of variables, which have no mark of their own. */
const INPUT_FAULT = /^(Variable "\$\w+" (got invalid value|of (required|non-null) type)|Unknown operation named|Must provide (an )?operation|Too many errors processing variables)/

/** Message of graphql-js about an argument that turns out to be missing when its field is reached. */
const ARGUMENT_FAULT = /^Argument "\w+" of /

/** The end of messages of graphql-js that name what the schema has in place of what was asked for. */
const SUGGESTION = / ?Did you mean .*$/s

/** What an error needs to have; those of compiled queries have no extensions. */
type RequestError = Pick<GraphQLError, 'message' | 'nodes' | 'positions'> & Partial<Pick<GraphQLError, 'extensions'>>

/** Code of an error that kept the operation from running. */
function codeOf ({ extensions, message, nodes, positions }: RequestError): unknown {
  if (extensions?.code !== undefined) return extensions.code
  if (INPUT_FAULT.test(message)) return 'BAD_USER_INPUT'
  return nodes === undefined && positions !== undefined ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED'
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

/**
 * How errors look to clients: every one has a code, none tells what is inside of the server, nor, without
 * `suggestions`, what the schema has that was not asked for.
 */
export function createErrors ({ problemOf }: Pick<FastifyInstance, 'problemOf'>, { suggestions = true } = {}) {
  const hidden = suggestions ? '' : SUGGESTION

  function formatFieldError ({ locations, path, originalError }: GraphQLError, log: FastifyBaseLogger): GraphQLFormattedError {
    const problem = problemOf(originalError)
    if (problem.status >= 500) log.error({ err: originalError, path }, 'field failed')
    return { ...toGraphqlError(problem), locations, path }
  }

  function formatRequestError (error: GraphQLError): GraphQLFormattedError {
    return { message: error.message.replace(hidden, ''), locations: error.locations, extensions: { code: codeOf(error) } }
  }

  return {
    /** An error in the answer of an execution. */
    format (error: GraphQLError, log: FastifyBaseLogger): GraphQLFormattedError {
      const { locations, message, path } = error
      if (path === undefined) return formatRequestError(error)
      if (ARGUMENT_FAULT.test(message)) return { message, locations, path, extensions: { code: 'BAD_USER_INPUT' } }
      return formatFieldError(error, log)
    },

    /** What kept the operation from running, from what Mercurius throws; anything else is thrown again. */
    ofRefusal (refusal: unknown): GraphQLFormattedError[] {
      if (refusal instanceof GraphQLError) return [formatRequestError(refusal)]
      if (!isRefusal(refusal)) throw refusal
      return refusal.errors.map(formatRequestError)
    }
  }
}
