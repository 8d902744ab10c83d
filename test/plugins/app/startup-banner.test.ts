import Fastify from 'fastify'
import t, { type Test } from 'tap'
import config from '../../../plugins/external/config.ts'
import mongodb from '../../../plugins/external/mongodb.ts'
import startupBanner from '../../../plugins/app/startup-banner.ts'
import { testEnv } from '../../helper.ts'

async function linesOf (t: Test, NODE_ENV: string): Promise<string[]> {
  const lines: string[] = []
  const fastify = Fastify({ logger: { level: 'info', stream: { write: (line: string) => { lines.push((JSON.parse(line) as { msg: string }).msg) } } } })
  t.teardown(() => fastify.close())
  await fastify.register(config, { env: { ...testEnv, NODE_ENV, LOG_LEVEL: 'info' } })
  await fastify.register(mongodb)
  await fastify.register(startupBanner)
  await fastify.listen({ host: '127.0.0.1', port: 0 })
  return lines
}

t.test('in development the log begins with every address and how to sign in', async (t) => {
  const lines = (await linesOf(t, 'development')).join('\n')

  for (const path of ['/v1/signals', '/docs', '/graphql', '/graphiql', '/ops']) t.match(lines, new RegExp(`http://127\\.0\\.0\\.1:\\d+${path}`))
  t.match(lines, /Database +mongodb:\/\//)
  t.match(lines, /demo-user, demo-vip, demo-analyst, demo-admin; password demo-password/)
})

t.test('elsewhere it is silent', async (t) => {
  t.notMatch((await linesOf(t, 'test')).join('\n'), /demo-user/)
})
