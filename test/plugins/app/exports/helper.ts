import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { Long, type CommandSucceededEvent, type Document } from 'mongodb'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Test } from 'tap'
import exporting from '../../../../plugins/app/exports/index.ts'
import compress from '../../../../plugins/external/compress.ts'
import type { Environment } from '../../../../schemas/config.ts'
import { buildRepositories } from '../../../services.ts'

export const ROWS = 10_000
/** All rows together are more than the buffers of a socket take, compressed too. */
const pad = () => randomBytes(4500).toString('base64url')

/** Commands of the database that have been answered, of one name. */
function answersOf ({ mongo: { client } }: FastifyInstance, name: string): CommandSucceededEvent[] {
  const found: CommandSucceededEvent[] = []
  client.on('commandSucceeded', (event) => { if (event.commandName === name) found.push(event) })
  return found
}

/** Waits for what the server does by itself. */
export async function until (isThere: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isThere()) await new Promise((resolve) => { setTimeout(resolve, 5) })
}

/** A bare server, listening, with a file of 60 MB at `/file` whose rows can be had as they are written. */
export async function listen (t: Test, env: Environment = {}) {
  const fastify = await buildRepositories(t, env)
  for (const plugin of [compress, exporting]) await fastify.register(plugin)
  const { exports, documents } = fastify
  const rows = documents.collection('rows')
  const finds = answersOf(fastify, 'find')
  const kills = answersOf(fastify, 'killCursors')

  const open = async (padding = pad) => ({
    cursor: rows.find({}, { sort: { _id: 1 }, batchSize: 100 }),
    type: 'text/plain',
    head: 'head\n',
    row: ({ _id: id }: Document) => `${String(id)} ${padding()}\n`,
    tail: () => 'tail\n'
  })
  const ownerOf = ({ query }: FastifyRequest) => Number((query as { owner?: string }).owner ?? 1)
  fastify.get('/file', (request, reply) => exports.send(request, reply, { filename: 'file.txt', kind: 'export', owner: ownerOf(request), open: () => open() }))
  fastify.get('/own', (request, reply) => exports.send(request, reply, { filename: 'own.txt', kind: 'statement', owner: ownerOf(request), open: () => open() }))
  fastify.get('/short', (request, reply) => exports.send(request, reply, { filename: 'short.txt', kind: 'export', owner: 1, open: () => open(() => '') }))
  await fastify.ready()
  await rows.insertMany(Array.from({ length: ROWS }, (_, n) => ({ _id: n as never })))
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })

  return {
    fastify,
    origin,
    rows,
    kills,
    /** Ends the cursor that was opened last as the database does when it must. */
    failDatabase: async (): Promise<void> => {
      const { cursor } = finds.at(-1)?.reply as { cursor: { id: Parameters<typeof Long.fromValue>[0] } }
      await rows.db.command({ killCursors: 'rows', cursors: [Long.fromValue(cursor.id)] })
      kills.length = 0
    },
    underWay: async (): Promise<number> => Number(/exports_under_way (\d+)/.exec(await fastify.metrics.metrics())?.[1]),
    /** Asks on a connection of its own that stops reading after the first bytes. */
    begin: async (path: string, { version = '1.1', headers = '' } = {}): Promise<Socket> => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1')
      socket.write(`GET ${path} HTTP/${version}\r\nHost: a\r\n${headers}\r\n`)
      await once(socket, 'readable')
      return socket
    }
  }
}

/** What comes on a connection until it ends. */
export async function drain (socket: Socket): Promise<string> {
  return await text(socket)
}
