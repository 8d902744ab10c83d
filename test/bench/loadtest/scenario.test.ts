import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createChoice, findAnalysts, makeScenario, signIn } from '../../../bench/loadtest/scenario.ts'
import { readServer } from '../../../bench/loadtest/server-numbers.ts'

async function serve (t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('each kind is asked as often as its part says', async (t) => {
  const kinds = makeScenario(['a', 'b'], true)
  const choose = createChoice(kinds)
  const chosen = Array.from({ length: 100 }, (_, n) => choose((n + 0.5) / 100).name)

  for (const { name, part } of kinds) t.equal(chosen.filter((each) => each === name).length, part, name)
  t.equal(choose(1), kinds[0], 'a place that rounding has brought to the end has one too')
})

t.test('without anybody signed in nothing is asked that needs it', async (t) => {
  const kinds = makeScenario(['a'], false)

  t.ok(kinds.every(({ isSignedIn }) => isSignedIn !== true))
  t.ok(kinds.every(({ class: ofClass }) => ofClass === 'cached'))
})

t.test('what to ask for is found at the server; one without data or that fails is named', async (t) => {
  let [status, body] = [200, '{"data":[{"id":"a"},{"id":"b"}]}']
  const origin = await serve(t, (_request, response) => response.writeHead(status, { connection: 'close' }).end(body))

  t.strictSame(await findAnalysts(origin), ['a', 'b'])
  body = '{"data":[]}'
  await t.rejects(findAnalysts(origin), /has no data: npm run seed/)
  status = 503
  await t.rejects(findAnalysts(origin), /\/v1\/analysts answers 503/)
  await t.rejects(signIn(origin, 'a', 'b'), /\/v1\/sessions answers 503/)
  status = 401
  t.strictSame(await signIn(origin, 'a', 'b'), [], 'a wrong password: nobody is signed in')
  ;[status, body] = [200, '{"access_token":"token"}']
  t.strictSame(await signIn(origin, 'a', 'b'), ['token'])
})

t.test("a server's numbers come from its metrics; where it shows none, they are none", async (t) => {
  let status = 200
  const metrics = 'process_resident_memory_bytes 1024\nnodejs_heap_bytes{kind="used"} 5\nnodejs_heap_bytes{kind="total"} 9\nprocess_cpu_seconds_total 2.5\ndb_commands_total{command="find"} 5\ndb_commands_total{command="ping"} 1\nnodejs_eventloop_utilization 0.25\n'
  const origin = await serve(t, (_request, response) => response.writeHead(status, { connection: 'close' }).end(metrics))

  t.strictSame(await readServer(origin), { rssBytes: 1024, heapUsedBytes: 5, cpuSeconds: 2.5, commands: 6, refused: NaN, busy: 0.25 })
  status = 404
  t.match(await readServer(origin), { rssBytes: NaN, heapUsedBytes: NaN })
})
