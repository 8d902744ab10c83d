import type { FastifyInstance } from 'fastify'

/** The page is one file: its scripts and styles are within it, its editor compiles and works in scripts of its own making. */
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'"
].join('; ')

/** GraphiQL at `/graphiql`, one page with all it needs in itself; its nine megabytes are read when first asked for. */
export function registerGraphiql (fastify: FastifyInstance): void {
  fastify.get('/graphiql', { config: { access: 'public' }, schema: { hide: true } }, async function showGraphiql (_request, reply) {
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
    return reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(renderGraphiQL({ endpoint: '/graphql', title: 'Sahm' }))
  })
}
