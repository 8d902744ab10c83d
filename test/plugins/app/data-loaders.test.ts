import { mock } from 'node:test'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import dataLoaders from '../../../plugins/app/data-loaders/index.ts'
import config from '../../../plugins/external/config.ts'
import type { Environment } from '../../../schemas/config.ts'
import { buildApp, buildBare, testEnv } from '../../helper.ts'

type Fields = readonly string[] | undefined

const REPOSITORIES = {
  usersRepository: 'users-repository',
  analystsRepository: 'analysts-repository',
  paymentsRepository: 'payments-repository',
  referralsRepository: 'referrals-repository',
  tradeSignalsRepository: 'trade-signals-repository',
  transactionsRepository: 'transactions-repository'
}

/** Loaders over repositories that note what they are asked for and know every id below 1000; id 666 fails its batch. */
async function buildLoaders (t: Test, env: Environment = {}) {
  const asked: Array<{ ids: number[], query: Fields | object }> = []
  async function find (ids: number[], query: Fields | object) {
    asked.push({ ids, query })
    if (ids.includes(666)) throw new Error('broken')
    return new Map(ids.filter((id) => id < 1000).map((id) => [id, { id }]))
  }

  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  for (const [decorator, name] of Object.entries(REPOSITORIES)) {
    const repository = { findByIds: find, statsByIds: find, pagesForUsers: find, pagesForAnalysts: find }
    await fastify.register(fp(async (fastify) => { fastify.decorate(decorator, repository) }, { name }))
  }
  const tracing = { traced: <T>(fn: T) => fn, current: () => undefined }
  await fastify.register(fp(async (fastify) => { fastify.decorate('tracing', tracing) }, { name: 'tracing' }))
  await fastify.register(dataLoaders)
  await fastify.ready()
  return { fastify, loaders: fastify.createLoaders(), asked }
}

t.test('keys that are asked for together are one batch, each id once, with the union of the fields', async (t) => {
  const { loaders, asked } = await buildLoaders(t)
  const found = await Promise.all([
    loaders.users(1, ['username']),
    loaders.users(2, ['username', 'tier']),
    loaders.users(1, ['created_at']),
    Promise.resolve().then(async () => await loaders.users(3, ['username'])),
    loaders.users(5000, ['username'])
  ])

  t.strictSame(found, [{ id: 1 }, { id: 2 }, { id: 1 }, { id: 3 }, null], 'a miss is null')
  t.strictSame(asked, [{ ids: [1, 2, 5000, 3], query: ['username', 'tier', 'created_at'] }])
})

t.test('a key that needs everything makes its batch read everything', async (t) => {
  const { loaders, asked } = await buildLoaders(t)
  await Promise.all([loaders.users(1, ['username']), loaders.users(2)])

  t.strictSame(asked, [{ ids: [1, 2], query: undefined }])
})

t.test('what a request has read it does not read again, unless other fields are needed', async (t) => {
  const { fastify, loaders, asked } = await buildLoaders(t)
  await loaders.users(1, ['username'])
  await loaders.users(1, ['username'])
  t.equal(asked.length, 1)
  await loaders.users(1, ['tier'])
  t.strictSame(asked[1], { ids: [1], query: ['tier'] })
  await fastify.createLoaders().users(1, ['username'])
  t.equal(asked.length, 3, 'another request reads for itself')
})

t.test('batches have a largest size', async (t) => {
  const { loaders, asked } = await buildLoaders(t, { LOADER_MAX_BATCH_SIZE: 3 })
  await Promise.all([1, 2, 3, 4, 5, 6, 7].map(async (id) => await loaders.users(id)))

  t.strictSame(asked.map(({ ids }) => ids), [[1, 2, 3], [4, 5, 6], [7]])
})

t.test('a failing batch fails its own keys and no others', async (t) => {
  const { loaders } = await buildLoaders(t, { LOADER_MAX_BATCH_SIZE: 2 })
  const results = await Promise.allSettled([1, 666, 3, 4].map(async (id) => await loaders.users(id)))

  t.strictSame(results.map(({ status }) => status), ['rejected', 'rejected', 'fulfilled', 'fulfilled'])
})

t.test('first pages of the same query are one batch, other queries have their own', async (t) => {
  const { loaders, asked } = await buildLoaders(t)
  await Promise.all([
    loaders.userTransactions(1, { limit: 20 }, ['amount']),
    loaders.userTransactions(2, { limit: 20 }, ['kind']),
    loaders.userTransactions(2, { limit: 5 }, ['kind']),
    loaders.userStats(1),
    loaders.userStats(2)
  ])

  t.strictSame(asked.map(({ ids, query }) => ({ ids, query })), [
    { ids: [1, 2], query: { limit: 20, fields: ['amount', 'kind'] } },
    { ids: [2], query: { limit: 5, fields: ['kind'] } },
    { ids: [1, 2], query: undefined }
  ])
})

t.test('a window collects keys for its time', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => { mock.timers.reset() })
  const { loaders, asked } = await buildLoaders(t, { LOADER_BATCH_WINDOW_MS: 10 })
  const first = loaders.users(1)
  mock.timers.tick(9)
  await new Promise(setImmediate)
  const second = loaders.users(2)
  t.equal(asked.length, 0)
  mock.timers.tick(1)
  await Promise.all([first, second])

  t.strictSame(asked.map(({ ids }) => ids), [[1, 2]])
})

t.test('left out, each key is read by itself', async (t) => {
  const { loaders, asked } = await buildLoaders(t, { OPTIMIZATIONS_OFF: 'data-loaders' })
  const found = await Promise.all([loaders.users(1), loaders.users(1), loaders.users(5000)])

  t.strictSame(found, [{ id: 1 }, { id: 1 }, null])
  t.strictSame(asked.map(({ ids }) => ids), [[1], [1], [5000]])
})

t.test('the application has loaders of every link', async (t) => {
  const fastify = await buildApp(t)
  const loaders = fastify.createLoaders()
  const id = 'f'.repeat(24)

  t.strictSame(await Promise.all([loaders.users(1), loaders.userStats(1), loaders.analysts(id), loaders.signals(id)]), [null, null, null, null])
  t.match(await loaders.userTransactions(1, { limit: 5 }), { items: [], nextCursor: null })
  t.match(await loaders.analystSignals(id, { limit: 5 }), { items: [], nextCursor: null })
})
