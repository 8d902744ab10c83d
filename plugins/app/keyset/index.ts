import fp from 'fastify-plugin'
import type { KeyType } from './cursor.ts'
import { createOrder } from './order.ts'

export type { Page } from './order.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Keyset pagination: the descending order of a list over `keys`, the last of them unique.
     * A cursor that is broken, or of another list, is an error 400 `INVALID_CURSOR`.
     */
    keyset: (list: string, keys: Record<string, KeyType>) => ReturnType<typeof createOrder>
  }
}

/** Lists continue from the key of their last item: pages never skip, so that each costs the same. */
export default fp(async function keyset (fastify) {
  const { httpErrors } = fastify
  const refuse = () => httpErrors.createError(400, 'The cursor is not one of this list', { code: 'INVALID_CURSOR' })
  fastify.decorate('keyset', (list, keys) => createOrder(list, keys, refuse))
}, { name: 'keyset', dependencies: ['sensible'] })
