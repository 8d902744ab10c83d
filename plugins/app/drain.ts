import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    drain: ReturnType<typeof createDrain>
  }
}

/** A connection that is silent for so long is not about to be used: to close it loses no request. */
const SILENCE_MS = 2000
const LOOK_INTERVAL_MS = 50

function createDrain ({ frontDoor, server }: FastifyInstance) {
  const connections = new Set<Socket>()
  const goodbyes: Array<() => void> = []
  let isLeaving = false

  server.on('connection', function remember (socket: Socket) {
    connections.add(socket)
    socket.once('close', () => { connections.delete(socket) })
  })

  /** Node.js counts a connection that has never sent anything as busy. */
  function closeSilent (): void {
    server.closeIdleConnections()
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy()
  }

  /** Every client that asks in time is told to go by its answer, not by a connection that breaks. */
  async function tellToGo (): Promise<void> {
    frontDoor.endConnections()
    const until = performance.now() + SILENCE_MS
    while (connections.size > 0 && performance.now() < until) await delay(LOOK_INTERVAL_MS)
  }

  return {
    /** True from the first sign of the stop: `/readyz` says so. */
    get isLeaving (): boolean { return isLeaving },

    /** Lets balancers see that this instance goes; everything else is answered as before. */
    leave (): void { isLeaving = true },

    /** Calls `sayGoodbye` when connections are about to be ended: answers that would go on for long end then. */
    onEnd (sayGoodbye: () => void): void { goodbyes.push(sayGoodbye) },

    /**
     * Ends connections with their next answers, closes the silent ones, then the listener; resolves when nobody is connected.
     * Requests that are still under way then get `limitMs`, and their connections break.
     */
    async end (limitMs: number): Promise<void> {
      for (const sayGoodbye of goodbyes) sayGoodbye()
      await tellToGo()
      server.closeIdleConnections()
      const closed = once(server, 'close')
      server.close()
      const timer = setInterval(closeSilent, SILENCE_MS)
      const limit = setTimeout(() => { server.closeAllConnections() }, limitMs)
      await closed
      clearInterval(timer)
      clearTimeout(limit)
    }
  }
}

/** The end of a server without the loss of a request: its clients are sent away before its listener closes. */
export default fp(async function drain (fastify) {
  fastify.decorate('drain', createDrain(fastify))
}, { name: 'drain', dependencies: ['front-door'] })
