import type { FastifyInstance } from 'fastify'

/** GraphiQL at `/graphiql`, one page with all it needs in itself; its nine megabytes are read when first asked for. */
export function registerGraphiql (fastify: FastifyInstance): void {
  fastify.get('/graphiql', { config: { access: 'public' }, schema: { hide: true } }, async function showGraphiql (_request, reply) {
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
    return reply.type('text/html; charset=utf-8').send(renderGraphiQL({ endpoint: '/graphql', title: 'Sahm' }))
  })
}
