import { subscribe } from 'node:diagnostics_channel'

/**
 * Before a server: its close never ends, and does not keep the process alive.
 *
 * @param {any} message
 */
function neverClose ({ fastify }) {
  fastify.addHook('onClose', () => new Promise(() => {}))
}
subscribe('fastify.initialization', neverClose)
