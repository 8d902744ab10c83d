import { GraphQLError } from 'graphql'

/** A fault of the request that keeps its operation from running, with its `extensions.code`. */
export function refusal (code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } })
}
