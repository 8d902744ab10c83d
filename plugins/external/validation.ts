import { Ajv2020, type Options } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fp from 'fastify-plugin'

const options: Options = { useDefaults: true, removeAdditional: false, allErrors: false, strict: true, allowUnionTypes: true }

function createAjv (coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({ ...options, coerceTypes })
  addFormats.default(ajv)
  return ajv
}

/**
 * JSON Schema 2020-12, the dialect of OpenAPI 3.1. Validates bodies as they are sent and the texts of query and path with their types.
 * Bodies are JSON; every other type, `text/plain` included, is a 415.
 * A repeated query parameter is a fault, never silently an array; an unknown field is refused, never dropped.
 */
export default fp(async function validation (fastify) {
  fastify.removeContentTypeParser('text/plain')
  const json = createAjv(false)
  const text = createAjv(true)
  fastify.setValidatorCompiler(({ schema, httpPart }) => {
    const ajv = httpPart === 'body' ? json : text
    return ajv.compile(schema as object)
  })
}, { name: 'validation' })
