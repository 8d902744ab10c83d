import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { finished } from 'node:stream'

/** Between a server and its database, which it can take away for a while without a loss of data. */
export async function openGate (database: string) {
  const { hostname, port } = new URL(database)
  const sockets = new Set<Socket>()
  let isSilent = false

  function keep (socket: Socket): Socket {
    sockets.add(socket)
    // an error of it too, which nobody else would hear
    finished(socket, () => { sockets.delete(socket) })
    return socket.setNoDelay(true)
  }
  const gate = createServer((client) => {
    const upstream = keep(connect(Number(port), hostname))
    keep(client).pipe(upstream).pipe(client)
    client.on('close', () => { upstream.destroy() })
    upstream.on('close', () => { client.destroy() })
    // as of a process that is stopped: the kernel takes the connection and nobody reads it
    if (isSilent) for (const socket of [client, upstream]) socket.pause()
  })
  async function listen (at: number): Promise<number> {
    gate.listen(at, '127.0.0.1')
    await once(gate, 'listening')
    return (gate.address() as AddressInfo).port
  }
  /** Ends all connections; new ones are taken. */
  function cut (): void {
    for (const socket of sockets) socket.destroy()
  }
  function close (): void {
    gate.close()
    cut()
  }
  const own = await listen(0)

  return {
    uri: `mongodb://127.0.0.1:${own}`,
    close,
    cut,
    /** All that a client sees of a process that is killed: connections end, new ones are refused. */
    refuse: close,
    /** Undoes `refuse`. */
    admit: async (): Promise<void> => { await listen(own) },
    /** All that a client sees of a process that is stopped, as by SIGSTOP: connections are taken and stay, nobody answers. */
    hush (): void {
      isSilent = true
      for (const socket of sockets) socket.pause()
    },
    /** Undoes `hush`: what was sent meanwhile arrives. */
    speak (): void {
      isSilent = false
      for (const socket of sockets) socket.resume()
    }
  }
}
export type Gate = Awaited<ReturnType<typeof openGate>>
