import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyReply {
    page: typeof page
  }
}

interface Listed<T> {
  items: readonly T[]
  nextCursor: string | null
}

/** Body of a list; `Link` (RFC 8288) leads to the next page, with the other parameters of the query kept. */
function page<T, U> (this: FastifyReply, { items, nextCursor }: Listed<T>, present: (item: T) => U) {
  if (nextCursor !== null) {
    // only path and query of the base are used
    const url = new URL(this.request.url, 'http://localhost')
    url.searchParams.set('cursor', nextCursor)
    this.header('link', `<${url.pathname}${url.search}>; rel="next"`)
  }
  return { data: items.map(present), next_cursor: nextCursor }
}

/** `reply.page(page, present)`: how every list of the REST API answers. */
export default fp(async function pageAnswer (fastify) {
  fastify.decorateReply('page', page)
}, { name: 'page' })
