import fp from 'fastify-plugin'
import { createPublishing } from './publishing.ts'
import { createReading } from './reading.ts'

declare module 'fastify' {
  interface FastifyInstance {
    signals: ReturnType<typeof createReading> & ReturnType<typeof createPublishing>
  }
}

/** Reading, publishing and changing trade signals, by the rules of `access`, for REST and GraphQL. */
export default fp(async function signals (fastify) {
  fastify.decorate('signals', { ...createReading(fastify), ...createPublishing(fastify) })
}, { name: 'signals', dependencies: ['access', 'presenter', 'sensible', 'trade-signals-repository'] })
