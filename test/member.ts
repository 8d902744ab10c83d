import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'
import { frames } from '../embedded/wire/frames.ts'
import { answer, parse, requestId } from '../embedded/wire/messages.ts'

/** The one member that is left of a replica set `rs`: it takes writes as long as it is the primary. It keeps nothing. */
export async function startMember (t: Test) {
  const sockets = new Set<Socket>()
  let isPrimary = true
  async function serve (socket: Socket): Promise<void> {
    for await (const frame of frames(socket)) {
      const { command, legacy } = parse(frame)
      const isHello = 'hello' in command || 'ismaster' in command
      const hello = { isWritablePrimary: isPrimary, ismaster: isPrimary, secondary: !isPrimary, helloOk: true, setName: 'rs', setVersion: 1, hosts: [address], me: address, minWireVersion: 0, maxWireVersion: 21, logicalSessionTimeoutMinutes: 30 }
      socket.write(answer({ ok: 1, ...(isHello && hello) }, requestId(frame), legacy))
    }
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    serve(socket).catch(() => { socket.destroy() })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    uri: `mongodb://${address}/?replicaSet=rs`,
    /** Its majority is gone, or back. */
    become (role: 'primary' | 'secondary'): void { isPrimary = role === 'primary' },
    /** Resolves when it was connected to so many more times. */
    async connected (more: number): Promise<void> {
      for (let left = more; left > 0; left--) await once(server, 'connection')
    }
  }
}
