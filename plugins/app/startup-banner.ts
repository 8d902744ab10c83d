import fp from 'fastify-plugin'

/** Tells developers, in the first lines of the log, where everything is and how to sign in. */
export default fp(async function startupBanner (fastify) {
  if (fastify.config.NODE_ENV !== 'development') return

  fastify.addHook('onListen', async function tellAddresses () {
    const origin = fastify.listeningOrigin
    fastify.log.info(`REST API      ${origin}/v1/signals`)
    fastify.log.info(`OpenAPI page  ${origin}/docs`)
    fastify.log.info(`GraphQL       ${origin}/graphql`)
    fastify.log.info(`GraphiQL      ${origin}/graphiql`)
    fastify.log.info(`Operations    ${origin}/ops`)
    fastify.log.info(`Database      ${fastify.databaseAddress}`)
    fastify.log.info('Demo users    demo-user, demo-vip, demo-analyst, demo-admin; password demo-password')
  })
}, { name: 'startup-banner', dependencies: ['config', 'mongodb'] })
