import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { frames } from '../../embedded/wire/frames.ts'
import { createTransactions } from './transactions.ts'
import type { Watch } from './watch.ts'
import { answeredId, commandOf, isWrite, titleOf } from './wire.ts'

/** Passes messages on until one may not, or either side ends. */
async function pump (from: Socket, to: Socket, passes: (frame: Buffer) => boolean | Promise<boolean>): Promise<void> {
  try {
    for await (const frame of frames(from)) {
      if (!await passes(frame)) return
      if (!to.write(frame)) await Promise.race([once(to, 'drain'), once(to, 'close')])
    }
  } catch {
    // a connection that was cut has nobody to tell
  } finally {
    from.destroy()
    to.destroy()
  }
}

/** Between a process and its database: shows each write to `watch`, and can end the connections of that process. */
export async function startProxy (database: string, watch: Watch) {
  const { hostname, port } = new URL(database)
  const transactions = createTransactions()
  const sockets = new Set<Socket>()
  let isCut = false

  function keep (socket: Socket): Socket {
    sockets.add(socket)
    socket.setNoDelay(true)
    // its pump sees that it has ended
    return socket.on('error', () => {}).on('close', () => { sockets.delete(socket) })
  }

  async function admits (frame: Buffer): Promise<boolean> {
    const command = commandOf(frame)
    if (command === undefined) return true
    if (isWrite(command) && !await watch.enter(titleOf(command), command.id)) return false
    transactions.follow(command)
    return true
  }

  const server = createServer((client) => {
    if (isCut) {
      client.resetAndDestroy()
      return
    }
    const upstream = keep(connect(Number(port), hostname))
    keep(client)
    pump(client, upstream, admits).catch(() => {})
    pump(upstream, client, (frame) => watch.leave(answeredId(frame))).catch(() => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  function cut (): void {
    isCut = true
    transactions.abandon()
    for (const socket of sockets) socket.destroy()
  }

  return {
    takeAbandoned: () => transactions.takeAbandoned(),
    uri: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** All that a client sees of a database that has died: connections end, new ones are refused. */
    cut,
    mend (): void { isCut = false },
    close (): void {
      cut()
      server.close()
    }
  }
}
export type Proxy = Awaited<ReturnType<typeof startProxy>>
