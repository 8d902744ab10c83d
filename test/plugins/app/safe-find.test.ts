import t from 'tap'
import type { CommandStartedEvent } from 'mongodb'
import safeFind from '../../../plugins/app/safe-find.ts'
import config from '../../../plugins/external/config.ts'
import mongodb from '../../../plugins/external/mongodb.ts'
import sensible from '../../../plugins/external/sensible.ts'
import { buildBare, dropDatabase, testEnv } from '../../helper.ts'

t.test('a read without a limit is probed, never counted, and refused beyond the bound', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(config, { env: testEnv })
  for (const plugin of [sensible, mongodb, safeFind]) await fastify.register(plugin)
  await fastify.ready()
  const { client, db } = fastify.mongo
  const commands: Record<string, unknown>[] = []
  client.on('commandStarted', ({ command }: CommandStartedEvent) => commands.push(command))
  const many = client.db(db?.databaseName).collection<{ n: number }>('many')
  t.teardown(() => dropDatabase(db))
  await many.insertMany(Array.from({ length: 1001 }, (_, n) => ({ n })))

  t.equal((await fastify.safeFind(many.find({ n: { $lt: 1000 } }))).length, 1000)
  await t.rejects(fastify.safeFind(many.find()), {
    statusCode: 422,
    code: 'TOO_MANY_DOCUMENTS',
    message: 'More than 1000 documents match; ask for them in pages'
  })

  const reads = commands.filter((command) => 'find' in command)
  t.strictSame(reads.map(({ limit }) => limit), [1001, 1001])
  t.notOk(commands.some((command) => 'count' in command || 'aggregate' in command))
})
