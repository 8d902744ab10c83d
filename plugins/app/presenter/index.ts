import fp from 'fastify-plugin'
import { createPresenter } from './presenter.ts'

declare module 'fastify' {
  interface FastifyInstance {
    presenter: ReturnType<typeof createPresenter>
  }
}

/** Documents as the API shows them; partial documents give partial answers, and no answer has a password hash. */
export default fp(async function presenter (fastify) {
  fastify.decorate('presenter', createPresenter(fastify.money))
}, { name: 'presenter', dependencies: ['money'] })
