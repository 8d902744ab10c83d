import type { FastifySchemaValidationError } from 'fastify'
import type { Problem } from '../../../schemas/common.ts'

type Fault = NonNullable<Problem['errors']>[number]

const MAX_NAME_LENGTH = 64

/** The property that a fault is about, if it is not the value at the path itself. */
function propertyOf ({ params }: FastifySchemaValidationError): string {
  const name = params.additionalProperty ?? params.missingProperty
  return typeof name === 'string' ? `/${name.slice(0, MAX_NAME_LENGTH)}` : ''
}

function messageOf ({ keyword, message = 'is not valid', params }: FastifySchemaValidationError): string {
  if (keyword === 'additionalProperties') return 'is not a known property'
  if (keyword === 'required') return 'is required'
  const allowed: unknown = params.allowedValues
  return Array.isArray(allowed) ? `must be one of ${allowed.join(', ')}` : message
}

/** Each fault with the part of the request and the JSON pointer into it, such as `body/entry`; values are never repeated. */
export function listFaults (errors: readonly FastifySchemaValidationError[], context = 'request'): Fault[] {
  const part = context === 'querystring' ? 'query' : context
  return errors.map((error) => ({
    pointer: `${part}${error.instancePath}${propertyOf(error)}`,
    message: messageOf(error)
  }))
}
