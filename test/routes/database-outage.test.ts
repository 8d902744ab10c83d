import t from 'tap'
import { until } from '../../bench/harness/until.ts'
import type { Readiness } from '../../schemas/operations.ts'
import { startGate } from '../gate.ts'
import { buildApp } from '../helper.ts'

t.test('while the database is away what is kept is answered, and all else is refused as a problem', async (t) => {
  const gate = await startGate(t)
  const fastify = await buildApp(t, { env: { MONGODB_URI: gate.uri, DEMO_DATA: true, DEMO_USERS: 50 } })
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const get = (path: string) => fetch(origin + path, { signal: AbortSignal.timeout(20_000) })
  const isBack = async () => (await (await get('/readyz')).json() as Readiness).database === 'reachable'
  t.equal((await get('/v1/signals')).status, 200)
  t.equal((await get('/v1/analysts?limit=3')).status, 200)

  gate.refuse()
  await until('the outage to be known', async () => (await get('/metrics')).text().then((text) => /^db_away 1$/m.test(text)))
  t.equal((await get('/v1/signals')).status, 200)
  for (const path of ['/v1/analysts?limit=4', '/v1/analysts?limit=5']) {
    const refused = await get(path)
    t.equal(refused.status, 503)
    t.equal(refused.headers.get('content-type'), 'application/problem+json; charset=utf-8')
    t.ok(Number(refused.headers.get('retry-after')) > 0)
    t.match(await refused.json(), { status: 503, code: 'SERVICE_UNAVAILABLE' })
  }
  const readiness = await get('/readyz')
  t.equal(readiness.status, 200, 'balancers go on sending, or nobody would send what is kept')
  t.match(await readiness.json(), { status: 'degraded', database: 'unreachable' })

  await gate.admit()
  await until('the database', isBack)
  t.equal((await get('/v1/analysts?limit=4')).status, 200)
})
