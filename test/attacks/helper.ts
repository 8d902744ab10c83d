import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FastifyServerOptions } from 'fastify'
import type { Test } from 'tap'
import type { Environment } from '../../schemas/config.ts'
import type { Readiness } from '../../schemas/operations.ts'
import { buildApp } from '../helper.ts'
import { addPeople } from '../people.ts'

/** The application on a free port, with signed-in people, and a check that it goes on answering. */
export async function listen (t: Test, { env, server }: { env?: Environment, server?: FastifyServerOptions } = {}) {
  const fastify = await buildApp(t, { ...(env && { env }), ...(server && { server }) })
  const people = await addPeople(fastify)
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const port = Number(new URL(origin).port)

  return {
    fastify,
    people,
    origin,
    port,
    /** Sends bytes on a connection of their own; resolves with all that comes back until the server ends it. */
    send: async (bytes: string): Promise<string> => {
      const socket = connect(port, '127.0.0.1')
      socket.write(bytes, 'latin1')
      return await text(socket).catch((error: NodeJS.ErrnoException) => String(error.code))
    },
    isWell: async (): Promise<boolean> => {
      const { status } = await (await fetch(`${origin}/readyz`)).json() as Readiness
      return status === 'ready' && (await fetch(`${origin}/v1/signals`)).status === 200
    }
  }
}

/** A request with a JSON body. */
export const json = (body: unknown, headers: Record<string, string> = {}, method = 'POST') =>
  ({ method, headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) })
