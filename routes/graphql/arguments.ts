import type { FastifyInstance } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { toGraphqlPointer, toRestNames } from './names.ts'

/**
 * Reads arguments by the schemas of REST, so that both refuse the same: an error 400 `VALIDATION_FAILED`.
 * `querystring` turns text such as identifiers of users into numbers, `body` takes values as they are.
 */
export function createArguments ({ httpErrors, validatorCompiler }: Pick<FastifyInstance, 'httpErrors' | 'validatorCompiler'>) {
  return function reader<T extends TSchema> (schema: T, httpPart: 'querystring' | 'body' = 'querystring'): (args: object) => Static<T> {
    const validate = validatorCompiler?.({ schema, method: 'POST', url: '/graphql', httpPart })
    const isValid = (value: unknown): value is Static<T> => validate?.(value) === true

    return function read (args) {
      const value: unknown = toRestNames(args)
      if (isValid(value)) return value
      const validation = validate?.errors?.map((fault) => ({ ...fault, instancePath: toGraphqlPointer(fault.instancePath, args) }))
      throw httpErrors.createError(400, 'The arguments are not valid', { validation, validationContext: 'arguments' })
    }
  }
}
