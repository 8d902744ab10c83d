import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t from 'tap'
import app, { options } from '../../../../app.ts'
import { buildApp, testEnv } from '../../../helper.ts'
import { countRuns, until } from './instance.ts'

t.test('nobody is answered before the cache is warm: the server does not listen until then', async (t) => {
  const fastify = Fastify({ ...options, pluginTimeout: 120_000 })
  t.teardown(() => fastify.close())
  let open = () => {}
  const gate = new Promise<void>((resolve) => { open = resolve })
  let isWarming = false
  await fastify.register(fp(app), { env: testEnv })
  fastify.cacheWarming.add('gate', { warm: () => { isWarming = true; return gate }, refresh: async () => {} })
  const listening = fastify.listen({ host: '127.0.0.1', port: 0 })
  await until(() => isWarming)
  t.equal(fastify.server.listening, false)
  open()

  const address = await listening
  t.equal((await fetch(`${address}/readyz`)).status, 200)
  t.strictSame(await countRuns(fastify), { 'start ok': 1 })
})

t.test('after the start the best analysts are asked for without a command to the database', async (t) => {
  const fastify = await buildApp(t, { env: { DEMO_USERS: 40, DEMO_DATA: true } })
  let commands = 0
  fastify.mongo.client.on('commandStarted', ({ commandName }) => { if (commandName === 'find') commands += 1 })

  t.equal((await fastify.analystsRepository.top(1)).length, 1)
  t.equal(commands, 0)
})
