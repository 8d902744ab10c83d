import { subscribe } from 'node:diagnostics_channel'

/* Before a server: a close that never ends and that nothing else keeps the process alive for. */
subscribe('fastify.initialization', ({ fastify }) => {
  fastify.addHook('onClose', () => new Promise(() => {}))
})
