import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startClients } from '../clients.ts'
import { linesOf, startCrew } from './helper.ts'

t.test('SIGHUP replaces every worker and loses no request', async (t) => {
  const { server, origin, pids } = await startCrew(t)
  const clients = startClients(origin, ['/v1/signals', '/v1/analysts', '/healthz'])
  t.teardown(() => clients.stop())
  await clients.answered(100)

  server.send('SIGHUP')
  await server.printed(/"reason":"reload","msg":"workers replaced"/)
  await clients.answered(100)
  await clients.stop()
  t.strictSame(clients.failures, [])
  t.ok(clients.counts.sentAway > 0, 'connections were ended by answers')
  t.equal(new Set(pids()).size, 4, 'two new processes')
  t.equal(linesOf(server.output(), 'closing').length, 2, 'two old ones closed')
  t.equal(await server.stop('SIGTERM'), 0)
})

t.test('a reload that is asked for during another one follows it', async (t) => {
  const { server, pids } = await startCrew(t)
  server.send('SIGHUP')
  await server.printed(/"msg":"replacing workers"/)
  server.send('SIGHUP')
  server.send('SIGHUP')

  await server.printed(/"msg":"workers replaced"[^]*"msg":"workers replaced"/)
  t.equal(new Set(pids()).size, 6, 'all of them twice')
  t.equal(await server.stop('SIGTERM'), 0)
})

t.test('where a new worker does not start the old ones stay', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'allowlist-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const GRAPHQL_ALLOWLIST = join(folder, 'documents.json')
  await writeFile(GRAPHQL_ALLOWLIST, '{}')
  const { server, origin, pids } = await startCrew(t, { GRAPHQL_ALLOWLIST })
  await writeFile(GRAPHQL_ALLOWLIST, 'no JSON')

  server.send('SIGHUP')
  await server.printed(/"msg":"new worker did not start: the old one stays"/)
  t.equal((await fetch(`${origin}/readyz`)).status, 200)
  t.equal(pids().length, 2)
  t.equal(await server.stop('SIGINT'), 0)
})
