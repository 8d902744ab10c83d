import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { run } from '../../process.ts'

const SCRIPT = 'bench/loadtest/index.ts'
const env = { MONGODB_URI: process.env.MONGODB_URI ?? '', MONGODB_MIN_POOL_SIZE: '0' }

async function serve (t: Test, listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/v1/analysts?limit=60') === true) response.end('{"data":[{"id":"a"}]}')
    else listener(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('the server as in production, two hundred users: each connection and each question is accounted for', async (t) => {
  const file = join(t.testdir(), 'result.json')
  const running = run(t, [SCRIPT, '--connections', '200', '--rate', '100', '--seconds', '2', '--json', file], env)
  const code = await running.exited
  const { verdict, arrival, load, server } = JSON.parse(await readFile(file, 'utf8'))

  // a busy machine may have it refuse some: that is told, by the exit code too
  t.equal(code, verdict.isGood ? 0 : 1, running.output())
  t.match(running.output(), verdict.isGood ? /^GOOD: 0 errors/m : /^FAILED: \d+ errors/m)
  t.equal(arrival.classes.cached.asked + arrival.classes.uncached.asked, 200)
  const fates = [load.classes, load.kinds].flatMap((named: Record<string, Record<'asked' | 'answered' | 'failed', number>>) => Object.values(named))
  for (const { answered, failed, asked } of fates) t.equal(answered + failed, asked)
  const { open, opened, closedByServer, closedByClient, broken } = load.connections
  t.equal(open, opened - closedByServer - closedByClient - broken)
  t.ok(load.classes.cached.answered > 0 && load.classes.uncached.answered > 0)
  t.ok(server.end.rssBytes > 0 && server.before.heapUsedBytes > 0)
})

t.test('a server that runs already is asked, and is good if it has no error', async (t) => {
  const origin = await serve(t, (request, response) => response.writeHead(request.url === '/v1/sessions' ? 401 : 200).end('{}'))
  const running = run(t, [SCRIPT, '--url', origin, '--connections', '20', '--rate', '50', '--seconds', '1'], {})

  t.equal(await running.exited, 0, running.output())
  t.match(running.output(), /^GOOD: 0 errors in \d+ requests, 0 of 20 users never answered/m)
})

t.test('any error is exit code 1', async (t) => {
  let asked = 0
  const origin = await serve(t, (request, response) => {
    if (request.headers['x-forwarded-for'] === '198.18.0.60') asked++
    response.writeHead(request.url === '/v1/sessions' ? 401 : asked === 1 ? 500 : 200).end('{}')
  })
  const running = run(t, [SCRIPT, '--url', origin, '--connections', '61', '--rate', '50', '--seconds', '1'], {})

  t.equal(await running.exited, 1, running.output())
  t.match(running.output(), /^Errors: status 500: \d+\.$/m)
})

t.test('a server that fails before there is any load is not measured, and one that is not there neither', async (t) => {
  const origin = await serve(t, (request, response) => response.writeHead(request.url === '/v1/sessions' ? 401 : 404).end())
  const failing = run(t, [SCRIPT, '--url', origin, '--connections', '20', '--rate', '50', '--seconds', '1'], {})
  t.equal(await failing.exited, 1)
  t.match(failing.output(), /fails before there is any load: {"status 404":\d+}/)

  const mistaken = run(t, [SCRIPT, '--rate', 'fast'], {})
  t.equal(await mistaken.exited, 2)
  t.match(mistaken.output(), /--rate wants a whole number/)
})

t.test('interrupted, it ends what it started', async (t) => {
  const running = run(t, [SCRIPT, '--connections', '50', '--rate', '50', '--seconds', '60'], env)
  await running.printed(/users come within/)

  t.equal(await running.stop('SIGINT'), 130, running.output())
})
