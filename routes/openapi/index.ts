import type { FastifyPluginAsync } from 'fastify'

/** The description of the API is not a part of one version of it. */
export const prefixOverride = ''

const openapi: FastifyPluginAsync = async (fastify) => {
  fastify.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async function getOpenapi () {
    return fastify.swagger()
  })
}
export default openapi
