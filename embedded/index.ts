import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { Engine } from './commands/engine.ts'
import { serve } from './wire/connection.ts'

export interface EmbeddedDatabaseOptions {
  /** 0, the default, takes any free port. */
  port?: number
  host?: string
  /** The time in milliseconds, for TTL indexes and timeouts. */
  clock?: () => number
  /** How often expired documents, cursors and transactions are removed; MongoDB's 60 seconds by default. */
  ttlIntervalMs?: number
}

export interface EmbeddedDatabase {
  /** A connection string for any MongoDB driver. */
  uri: string
  close: () => Promise<void>
}

/**
 * Starts a database for development and tests in this process, in memory, which speaks MongoDB's wire protocol.
 * What it cannot do it answers with MongoDB's own errors.
 */
export async function startEmbeddedDatabase (options: EmbeddedDatabaseOptions = {}): Promise<EmbeddedDatabase> {
  const { port = 0, host = '127.0.0.1', clock = Date.now, ttlIntervalMs = 60_000 } = options
  const engine = new Engine(clock)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(socket, engine).catch(() => socket.destroy())
  })
  server.listen(port, host)
  await once(server, 'listening')
  const timer = setInterval(() => engine.sweep(), ttlIntervalMs).unref()

  async function close (): Promise<void> {
    clearInterval(timer)
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }

  return { uri: `mongodb://${host}:${(server.address() as AddressInfo).port}`, close }
}
