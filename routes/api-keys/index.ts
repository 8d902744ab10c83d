import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ApiKeyParamsSchema, ApiKeySchema, CreatedApiKeySchema, NewApiKeySchema } from '../../schemas/api-keys.ts'
import { AnswerSchema, PageSchema, PROBLEMS } from '../../schemas/common.ts'

const tags = ['api-keys']

/** API keys, managed by their users with an access token: no key may make or see keys. */
const apiKeyRoutes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, apiKeys } = fastify

  fastify.post('', {
    // the key must not be guessed from the length of the answer
    compress: false,
    config: { access: 'user', scope: 'full', problems: [409, 422] },
    schema: {
      operationId: 'createApiKey',
      tags,
      summary: 'Create an API key',
      description: 'The key, for the header `x-api-key`, is shown this once. At most 20 (409 `TOO_MANY_API_KEYS`); 422 `INVALID_EXPIRY`; not for admins. With a key nobody manages keys, profile or session.',
      body: NewApiKeySchema,
      response: { 201: AnswerSchema(CreatedApiKeySchema, 'The key'), ...PROBLEMS }
    }
  }, async function createApiKey (request, reply) {
    const created = await apiKeys.create(access.requireCaller(request.caller), request.body)
    reply.code(201).header('cache-control', 'no-store')
    return created
  })

  fastify.get('', {
    config: { access: 'user', scope: 'full' },
    schema: {
      operationId: 'listApiKeys',
      tags,
      summary: 'List your API keys',
      description: 'All of them on one page, newest first; expired ones until they are revoked.',
      response: { 200: PageSchema(ApiKeySchema), ...PROBLEMS }
    }
  }, async function listApiKeys (request, reply) {
    const items = await apiKeys.list(access.requireCaller(request.caller))
    return reply.page({ items, nextCursor: null }, (key) => key)
  })

  fastify.delete('/:id', {
    config: { access: 'user', scope: 'full' },
    schema: {
      operationId: 'revokeApiKey',
      tags,
      summary: 'Revoke an API key',
      description: 'It is refused at once, by other instances within milliseconds, or ten seconds where there is no Redis. 404 if it is not yours.',
      params: ApiKeyParamsSchema,
      response: { 204: Type.Null({ description: 'The key counts no more' }), ...PROBLEMS }
    }
  }, async function revokeApiKey (request, reply) {
    await apiKeys.revoke(access.requireCaller(request.caller), request.params.id)
    reply.code(204)
    return null
  })
}
export default apiKeyRoutes
