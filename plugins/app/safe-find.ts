import fp from 'fastify-plugin'
import type { FindCursor } from 'mongodb'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * All documents of a cursor that has no limit of its own.
     * More than `MAX_UNBOUNDED_DOCUMENTS` are an error, 422 `TOO_MANY_DOCUMENTS`.
     */
    safeFind: <T>(cursor: FindCursor<T>) => Promise<T[]>
  }
}

/** Optimization 6: no read without a limit returns more than a bounded number of documents; probes one beyond, never counts. */
export default fp(async function safeFind (fastify) {
  const { config: { MAX_UNBOUNDED_DOCUMENTS: most }, httpErrors } = fastify

  fastify.decorate('safeFind', async function findAll<T> (cursor: FindCursor<T>): Promise<T[]> {
    const found = await cursor.limit(most + 1).toArray()
    if (found.length <= most) return found
    throw httpErrors.createError(422, `More than ${most} documents match; ask for them in pages`, { code: 'TOO_MANY_DOCUMENTS' })
  })
}, { name: 'safe-find', dependencies: ['config', 'sensible'] })
