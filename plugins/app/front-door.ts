import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    frontDoor: ReturnType<typeof createFrontDoor>
  }
}

/** Answers a request at once and says true, or leaves it alone. */
type Doorkeeper = (request: IncomingMessage, response: ServerResponse) => boolean

function createFrontDoor ({ server }: FastifyInstance) {
  const doorkeepers: Doorkeeper[] = []
  /** Of the framework: the others are over as soon as they are given. */
  const underWay = new Set<ServerResponse>()
  let endsConnections = false
  // the framework's own is the first, since the server is made with it
  const [handle] = server.listeners('request') as [RequestListener]

  function forget (this: ServerResponse): void { underWay.delete(this) }

  server.removeListener('request', handle)
  server.on('request', function listen (request, response) {
    if (endsConnections) response.setHeader('connection', 'close')
    for (const answers of doorkeepers) if (answers(request, response)) return
    underWay.add(response.on('close', forget))
    handle.call(server, request, response)
  })
  return {
    /** Asks `answers` about each request, after those that were added before. It must not throw. */
    add (answers: Doorkeeper): void { doorkeepers.push(answers) },
    /** From now on every answer that has not begun is the last one of its connection, whoever gives it. */
    endConnections (): void {
      endsConnections = true
      for (const response of underWay) if (!response.headersSent) response.setHeader('connection', 'close')
    },
    /** Leaves every request to the framework. */
    close (): void { doorkeepers.length = 0 }
  }
}

/**
 * Below the framework: what costs less to answer than to route is answered here, without any hook. Only over the network;
 * while the server closes, the framework gets everything, since it ends connections with their next answer.
 */
export default fp(async function frontDoor (fastify) {
  const door = createFrontDoor(fastify)
  fastify.decorate('frontDoor', door)
  fastify.addHook('preClose', async () => { door.close() })
}, { name: 'front-door' })
