import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import changeStream from '../../../../plugins/app/change-stream/index.ts'
import metrics from '../../../../plugins/app/metrics/index.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import { testEnv } from '../../../helper.ts'

const fake = (name: string, decorator: string, value: unknown) => fp(async (fastify) => { fastify.decorate(decorator, value) }, { name })

/** A server with a cache that only writes down; `database` replaces the real one. */
async function build (t: Test, database?: unknown) {
  const lines: Array<{ msg: string }> = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line) as { msg: string }) } }
  const fastify: FastifyInstance = Fastify({ logger: { level: 'info', stream } })
  t.teardown(() => fastify.close())
  await fastify.register(config, { env: { ...testEnv, LOG_LEVEL: 'info' } })
  const invalidated: unknown[] = []
  await fastify.register(database ? fake('mongodb', 'mongo', { client: { db: () => database } }) : mongodb)
  await fastify.register(fake('cache', 'cache', {
    invalidate: async (...args: unknown[]) => { invalidated.push(args) },
    invalidateAll: async (...args: unknown[]) => { invalidated.push(args) }
  }))
  await fastify.register(fake('related-keys', 'relatedKeys', {
    collections: () => ['users'],
    tagsOf: (_collection: string, { user_id: id }: { user_id?: number }) => id ? [`user:${id}`] : undefined
  }))
  for (const plugin of [metrics, changeStream]) await fastify.register(plugin)
  await fastify.ready()
  return { fastify, lines, invalidated }
}

const isRunning = async ({ metrics }: FastifyInstance) => /^change_stream_running (\d)/m.exec(await metrics.metrics())?.[1]

async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

t.test('a database without change streams is told of once, and the server runs on', async (t) => {
  const { fastify, lines, invalidated } = await build(t)
  await until(() => lines.length > 0)
  await fastify.close()
  t.match(lines.map(({ msg }) => msg), [/^the database offers no change stream/])
  t.equal(await isRunning(fastify), '0')
  t.strictSame(invalidated, [])
})

t.test('what it hears is invalidated as coming from the database', async (t) => {
  const key = { ns: { db: 'sahm', coll: 'users' }, documentKey: { _id: 1 } }
  const changes = [null, { operationType: 'insert', ...key, fullDocument: { user_id: 5 } }, { operationType: 'delete', ...key }]
  let wake = () => {}
  const stream = {
    closed: false,
    resumeToken: 'token',
    tryNext: async () => changes.length > 0 ? changes.shift() : await new Promise((_resolve, reject) => { wake = () => { reject(new Error('closed')) } }),
    close: async () => { stream.closed = true; wake() }
  }
  const { fastify, lines, invalidated } = await build(t, { watch: () => stream })
  await until(() => invalidated.length === 2)
  t.strictSame(invalidated, [[['user:5'], 'database'], ['database']])
  t.equal(await isRunning(fastify), '1')

  await fastify.close()
  t.equal(stream.closed, true)
  t.match(lines.map(({ msg }) => msg), [/^change stream open/])
  await until(() => !stream.closed || changes.length === 0)
})
