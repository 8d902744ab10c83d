import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { endChild, endChildren, nextMessage, startChild } from '../../../bench/harness/children.ts'
import { growthOf, type Point } from '../../../bench/soak/growth.ts'
import { startServer } from '../../../bench/soak/server.ts'

const BARE = join(import.meta.dirname, 'bare-server.js')
const ROUNDS = 9
const REQUESTS = 3000

t.teardown(endChildren)

/** Many requests behind one another on one connection, which the last one ends. */
async function askOften (origin: string): Promise<void> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(REQUESTS - 1))
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  await text(socket)
}

/** What the heap of a server that keeps nothing does over some hundred requests. */
async function heapOf (t: Test, plantsLeak: boolean): Promise<Point[]> {
  const server = await startServer({ program: BARE, env: {}, plantsLeak })
  t.strictSame(server.errors(), ['a line that is no JSON'])
  const points: Point[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await askOften(server.origin)
    const { heapUsed } = await server.sample()
    points.push([round, heapUsed])
  }
  await server.close()
  // code is compiled in the first rounds
  return points.slice(ROUNDS / 3)
}

t.test('what forced collections leave grows with the planted leak, and without it not', async (t) => {
  const [clean, leaking] = [growthOf(await heapOf(t, false)), growthOf(await heapOf(t, true))]
  // of 5 MB, code that V8 still compiles is more than of a whole server
  t.ok(clean.growth < 0.03, `clean: ${clean.growth}`)
  t.ok(leaking.growth > 0.1, `leaking: ${leaking.growth}`)
})

t.test('a server that does not start is told with its log', async (t) => {
  await t.rejects(startServer({ program: BARE, env: { FAILS: '1' }, plantsLeak: false }), { message: /^The server has ended:\n.*no start/ })
})

t.test('a server that has ended is not waited for', async (t) => {
  const server = await startServer({ program: BARE, env: {}, plantsLeak: false })
  await server.close()
  await t.rejects(server.sample(), { message: /bare-server\.js has ended with SIGTERM$/ })
})

t.test('a script of the harness runs as a process of its own until its channel closes', async (t) => {
  const child = startChild('bare-child.ts', { BARE: 'http', _TAPJS_PROCESSINFO_COVERAGE_: '0' })
  const answer = await fetch(await nextMessage<string>(child))
  t.equal(answer.status, 200)
  await answer.text()
  await endChild(child)
  await endChild(child)
  t.equal(child.exitCode, 0)
})
