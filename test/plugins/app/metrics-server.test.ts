import Fastify from 'fastify'
import t, { type Test } from 'tap'
import metricsServer from '../../../plugins/app/metrics-server.ts'
import config from '../../../plugins/external/config.ts'
import { findFreePort } from '../../../scripts/ports.ts'
import { buildApp, buildBare, testEnv } from '../../helper.ts'

async function build (t: Test, METRICS_PORT: number) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, METRICS_PORT } })
  return { fastify, origin: `http://127.0.0.1:${METRICS_PORT}` }
}

t.test('what watchers ask is answered on a port of its own, as the application answers it', async (t) => {
  const port = await findFreePort()
  const fastify = await buildApp(t, { env: { METRICS_PORT: port } })
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)

  const metrics = await ask('/metrics')
  t.equal(metrics.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  t.match(await metrics.text(), /^build_info\{.*\} 1$/m)
  t.strictSame(await (await ask('/healthz')).json(), { status: 'ok' })
  t.match(await (await ask('/readyz')).json(), { status: 'ready', database: 'reachable' })
  for (const path of ['/', '/v1/signals', '/graphql', '/docs']) t.equal((await ask(path)).status, 404, path)

  await fastify.close()
  await t.rejects(ask('/healthz'), 'the port is free again')
})

t.test('without a port there is no server', async (t) => {
  const { fastify } = await build(t, 0)
  await fastify.register(metricsServer)
  t.ok(await fastify.ready())
})

t.test('a port that is taken refuses the start', async (t) => {
  const taken = Fastify()
  t.teardown(() => taken.close())
  const port = Number(new URL(await taken.listen({ host: '127.0.0.1', port: 0 })).port)
  const { fastify } = await build(t, port)
  await fastify.register(metricsServer)
  await t.rejects(async () => { await fastify.ready() }, { code: 'EADDRINUSE' })
})

t.test('while the application ends it is not ready', async (t) => {
  const { fastify, origin } = await build(t, await findFreePort())
  const asked: number[] = []
  fastify.addHook('preClose', async () => { asked.push((await fetch(`${origin}/readyz`)).status) })
  await fastify.register(metricsServer)
  await fastify.ready()
  await fastify.close()
  t.strictSame(asked, [503])
})
