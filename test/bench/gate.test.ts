import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openGate } from '../../bench/harness/gate.ts'

/** A gate before a server that sends back what it gets. */
async function openBefore (t: Test) {
  const server = createServer((socket) => { socket.on('error', () => {}).pipe(socket) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const gate = await openGate(`mongodb://127.0.0.1:${(server.address() as AddressInfo).port}`)
  t.teardown(() => {
    gate.close()
    server.close()
  })
  async function enter (): Promise<Socket> {
    const socket = connect(Number(new URL(gate.uri).port), '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  return { gate, enter }
}

async function echo (socket: Socket, text: string): Promise<string> {
  socket.write(text)
  const [data] = await once(socket, 'data') as [Buffer]
  return String(data)
}

t.test('a gate that refuses ends what is open and takes nothing, until it admits again at the same address', async (t) => {
  const { gate, enter } = await openBefore(t)
  const before = await enter()
  t.equal(await echo(before, 'one'), 'one')
  gate.refuse()
  await once(before, 'close')
  await t.rejects(enter(), { code: 'ECONNREFUSED' })
  await gate.admit()
  t.equal(await echo(await enter(), 'two'), 'two')
})

t.test('a gate that is hushed takes connections and passes nothing on, until it speaks', async (t) => {
  const { gate, enter } = await openBefore(t)
  const before = await enter()
  t.equal(await echo(before, 'one'), 'one')
  gate.hush()
  const answered: string[] = []
  const answers = [before, await enter()].map(async (socket) => { answered.push(await echo(socket, 'two')) })
  await delay(50)
  t.strictSame(answered, [])
  gate.speak()
  await Promise.all(answers)
  t.strictSame(answered, ['two', 'two'])
  gate.cut()
  await once(before, 'close')
  t.equal(await echo(await enter(), 'three'), 'three')
})
