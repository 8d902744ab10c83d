import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { addressOf, createDriver, type Plan } from '../../../bench/loadtest/driver.ts'
import type { Kind } from '../../../bench/loadtest/scenario.ts'

const LIST: Kind = { name: 'list', class: 'cached', part: 1, requests: [{ method: 'GET', path: '/list' }] }

async function serve (t: Test, listener: RequestListener, plan: Partial<Plan> = {}) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const driver = createDriver({ origin, users: 20, kinds: [LIST], tokens: [], patienceMs: 5000, ...plan })
  t.teardown(() => {
    driver.leave()
    server.closeAllConnections()
    server.close()
  })
  return { driver, server }
}

t.test('all users come, are answered and stay', async (t) => {
  const { driver } = await serve(t, (_request, response) => response.end())
  const arrival = await driver.arrive(0.1, 1)
  t.match(arrival, { usersAnswered: 20, errors: {}, classes: { cached: { asked: 20, answered: 20 } }, connections: { open: 20, opened: 20 } })

  const load = await driver.ask({ rate: 200, seconds: 1, seed: 1 })
  t.equal(load.classes.cached.answered, load.classes.cached.asked)
  t.ok(load.classes.cached.asked > 100)
  t.match(load.connections, { open: 20, opened: 20 }, 'over the same connections')
  t.ok(load.rate > 100 && load.seconds > 0.9 && load.generator.cpu > 0 && load.generator.delayMaxMs > 0)
})

t.test('a server that keeps everybody waiting is asked as often, and its times are from when each was due', async (t) => {
  const waiting: (() => void)[] = []
  const { driver } = await serve(t, (_request, response) => {
    waiting.push(() => response.end())
    // nobody is answered before all have asked: who waits for answers would ask no more
    if (waiting.length === 20) for (const answer of waiting.splice(0)) answer()
  })
  const { classes: { cached: { asked, failed, fromDue, fromSent } } } = await driver.arrive(0.5, 1)

  t.match({ asked, failed }, { asked: 20, failed: 0 })
  t.ok(fromDue.max > 200 && fromDue.max >= fromSent.max, 'the first one has waited for the last')
})

t.test('who is never answered is counted, as a user and as an error', async (t) => {
  const { driver } = await serve(t, (request, response) => { if (request.headers['x-forwarded-for'] !== addressOf(7)) response.end() }, { patienceMs: 100 })
  const arrival = await driver.arrive(0.1, 1)

  t.match(arrival, { usersAnswered: 19, errors: { 'never answered': 1 }, classes: { cached: { asked: 20, answered: 19, failed: 1 } }, connections: { open: 20 } })
})

t.test('users ask as what they are: from an address of their own, with their token, with the entity tag that they have', async (t) => {
  const kinds: Kind[] = [
    { ...LIST, isConditional: true },
    { name: 'own', class: 'uncached', part: 1, requests: [{ method: 'POST', path: '/own', body: '{}' }], isSignedIn: true }
  ]
  const seen: IncomingMessage[] = []
  const { driver } = await serve(t, (request, response) => {
    seen.push(request)
    response.setHeader('etag', '"1"')
    response.writeHead(request.headers['if-none-match'] === '"1"' ? 304 : 200).end()
  }, { kinds, tokens: ['a', 'b'] })
  const { kinds: ofKind, errors } = await driver.ask({ rate: 200, seconds: 0.5, seed: 1 })
  const own = seen.filter(({ url }) => url === '/own')

  t.strictSame(errors, {})
  t.ok((ofKind.list?.notModified ?? 0) > 0)
  t.equal(new Set(seen.map(({ headers }) => headers['x-forwarded-for'])).size, 20)
  t.strictSame([...new Set(own.map(({ headers }) => headers.authorization))].sort(), ['Bearer a', 'Bearer b'])
  t.ok(own.every(({ headers }) => headers['content-length'] === '2' && headers['if-none-match'] === undefined))
})

t.test('those who warm a server up are gone before anybody is counted', async (t) => {
  const { driver, server } = await serve(t, (_request, response) => response.end())
  await driver.warmUp({ rate: 100, seconds: 0.2, seed: 1 })
  const { usersAnswered, connections } = await driver.arrive(0.1, 1)

  t.equal(usersAnswered, 20)
  t.match(connections, { open: 20, opened: 20 })
  t.ok(server.listening)
})

t.test('addresses of users are of a network that nobody has, and of one user each', async (t) => {
  t.strictSame([0, 255, 256, 9999, 65_536].map(addressOf), ['198.18.0.0', '198.18.0.255', '198.18.1.0', '198.18.39.15', '198.19.0.0'])
})
