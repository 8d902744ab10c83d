import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Document } from 'bson'

/** Runs a command as a driver sends it, `$db` included. @throws Error with the server's message if it fails, be it in part */
export type RunCommand = (command: Document) => Promise<void>

export interface EmbeddedDatabaseOptions {
  /** 0, the default, takes any free port. */
  port?: number
  host?: string
  /** The time in milliseconds, for TTL indexes and timeouts. */
  clock?: () => number
  /** How often expired documents, cursors and transactions are removed; MongoDB's 60 seconds by default. */
  ttlIntervalMs?: number
  /** Fills the database before the first connection is served. */
  prepare?: (run: RunCommand) => Promise<void>
}

export interface EmbeddedDatabase {
  /** A connection string for any MongoDB driver. */
  uri: string
  /** Rejects if the database could not be prepared: its connections are closed then. */
  prepared: Promise<void>
  close: () => Promise<void>
}

/** The database itself, loaded and prepared. */
async function load ({ clock = Date.now, prepare }: EmbeddedDatabaseOptions) {
  const [{ createRunner }, { Engine }, { serve }] = await Promise.all([import('./commands/runner.ts'), import('./commands/engine.ts'), import('./wire/connection.ts')])
  const engine = new Engine(clock)
  await prepare?.(createRunner(engine))
  return { engine, serve }
}

/**
 * Starts a database for development and tests in this process, in memory, which speaks MongoDB's wire protocol.
 * It has an address at once; until it is loaded and prepared, connections wait.
 * What it cannot do it answers with MongoDB's own errors.
 */
export async function startEmbeddedDatabase (options: EmbeddedDatabaseOptions = {}): Promise<EmbeddedDatabase> {
  const { port = 0, host = '127.0.0.1', ttlIntervalMs = 60_000 } = options
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // also of a client that goes while it waits
    socket.on('error', () => socket.destroy())
    loading.then(async ({ serve, engine }) => { await serve(socket, engine) }).catch(() => socket.destroy())
  })
  server.listen(port, host)
  await once(server, 'listening')
  const loading = load(options)
  const timer = setInterval(() => { loading.then(({ engine }) => engine.sweep(), () => {}) }, ttlIntervalMs).unref()

  async function close (): Promise<void> {
    clearInterval(timer)
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }

  return { uri: `mongodb://${host}:${(server.address() as AddressInfo).port}`, prepared: loading.then(() => {}), close }
}
