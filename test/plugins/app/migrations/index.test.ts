import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { MongoClient } from 'mongodb'
import { startEmbeddedDatabase } from '../../../../embedded/index.ts'
import documents from '../../../../plugins/app/documents.ts'
import { readMigrations } from '../../../../plugins/app/migrations/files.ts'
import migrations from '../../../../plugins/app/migrations/index.ts'
import config from '../../../../plugins/external/config.ts'
import mongodb from '../../../../plugins/external/mongodb.ts'
import { buildBare, databaseName, dropDatabase, testEnv } from '../../../helper.ts'

const FOLDER = join(import.meta.dirname, '../../../../migrations')

t.test('the migrations have versions without a gap, a phase and a description', async (t) => {
  const files = await readMigrations(FOLDER)

  t.strictSame(files.map(({ version }) => version), files.map((_, i) => String(i + 1).padStart(4, '0')))
  t.equal(files.length, (await readdir(FOLDER)).length, 'and the folder has nothing else')
  for (const { migration, checksum } of files) {
    t.match(migration, { phase: /^(?:expand|contract)$/, description: /^.{20,200}$/ })
    t.match(checksum, /^[0-9a-f]{64}$/)
  }
})

t.test('a checksum is that of the source, however its lines end; what is compiled of it is passed over', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const source = "export default { description: 'nothing', phase: 'expand', up () {} }\n"
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  await Promise.all([write('0002-windows.ts', source.replaceAll('\n', '\r\n')), write('0001-unix.ts', source), write('0003-other.ts', `${source} `), write('0001-unix.js', ''), write('README.md', '')])
  const files = await readMigrations(folder)

  t.strictSame(files.map(({ version, name }) => `${version} ${name}`), ['0001 unix', '0002 windows', '0003 other'])
  t.equal(files[0]?.checksum, files[1]?.checksum)
  t.not(files[0]?.checksum, files[2]?.checksum)
})

/** A server with the plugin, ready, and its warnings. */
async function start (t: Test, NODE_ENV = 'production') {
  const embedded = process.env.MONGODB_URI ? undefined : await startEmbeddedDatabase()
  const uri = process.env.MONGODB_URI || (embedded?.uri ?? '')
  const client = await MongoClient.connect(uri)
  const database = client.db(databaseName())
  const fastify = buildBare(t)
  t.teardown(async () => {
    await dropDatabase(database)
    await client.close()
    await embedded?.close()
  })
  await fastify.register(config, { env: { ...testEnv, NODE_ENV, MONGODB_URI: uri, JWT_SECRET: 'x'.repeat(32) } })
  await fastify.register(mongodb)
  await fastify.register(documents)
  await fastify.register(migrations)
  const warnings: unknown[] = []
  fastify.log.warn = (...args: unknown[]) => { warnings.push(args) }
  return { fastify, warnings }
}

/** Ready, and the look at the migrations done. */
async function becomeReady (fastify: FastifyInstance): Promise<void> {
  const { status } = fastify.migrations
  const looked = new Promise<void>((resolve) => {
    fastify.migrations.status = async () => await status().finally(resolve)
  })
  await fastify.ready()
  await looked
  await setImmediate()
}

t.test('in production the server says which expand migrations are pending, and is ready all the same', async (t) => {
  const { fastify, warnings } = await start(t)
  await becomeReady(fastify)
  t.strictSame(warnings, [[{ pending: ['0001'] }, 'expand migrations are pending']])
})

t.test('it says nothing once they are done', async (t) => {
  const { fastify, warnings } = await start(t)
  await fastify.migrations.run({ contract: false, dryRun: false, batchSize: 100, share: 100, signal: new AbortController().signal, tell () {} })
  await becomeReady(fastify)
  t.strictSame(warnings, [])
})

t.test('it says nothing elsewhere', async (t) => {
  const { fastify, warnings } = await start(t, 'test')
  await fastify.ready()
  t.strictSame(warnings, [])
})

t.test('where it cannot look it is ready all the same', async (t) => {
  const { fastify, warnings } = await start(t)
  fastify.migrations.status = () => Promise.reject(new Error('away'))
  await becomeReady(fastify)
  t.match(warnings, [[{ err: { message: 'away' } }, 'pending migrations not looked for']])
})
