import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createEntityLoader, type LoaderOptions } from './entity-loader.ts'
import { createPageLoader } from './page-loader.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Loaders for one request; what they have read is forgotten with them. */
    createLoaders: () => ReturnType<typeof createLoaders>
  }
}

type Repositories = Pick<FastifyInstance, 'analystsRepository' | 'paymentsRepository' | 'referralsRepository' | 'tradeSignalsRepository' | 'transactionsRepository' | 'usersRepository' | 'tracing'>
type SignalsQuery = Omit<Parameters<Repositories['tradeSignalsRepository']['pagesForAnalysts']>[1], 'fields'>
type PaymentsQuery = Parameters<Repositories['paymentsRepository']['pagesForUsers']>[1]
type TransactionsQuery = Omit<Parameters<Repositories['transactionsRepository']['pagesForUsers']>[1], 'fields'>

/** What reads a batch of each kind of link. */
function createReaders ({ analystsRepository, paymentsRepository, referralsRepository, tradeSignalsRepository, transactionsRepository, usersRepository, tracing: { traced } }: Repositories) {
  const read = <T extends (ids: never[], ...rest: never[]) => unknown>(link: string, fn: T): T =>
    traced(fn, (...args) => ({ name: `load ${link}`, attributes: { 'sahm.loader.keys': args[0].length } }))

  return {
    users: read('users', usersRepository.findByIds),
    userStats: read('userStats', (ids: number[]) => usersRepository.statsByIds(ids)),
    userPayments: read('userPayments', (ids: number[], query: PaymentsQuery) => paymentsRepository.pagesForUsers(ids, query)),
    userTransactions: read('userTransactions', (ids: number[], query: TransactionsQuery) => transactionsRepository.pagesForUsers(ids, query)),
    userReferrals: read('userReferrals', (ids: number[], query: { limit: number }) => referralsRepository.pagesForReferrers(ids, query)),
    referralTotals: read('referralTotals', (ids: number[]) => referralsRepository.totals(ids)),
    referralEarned: read('referralEarned', (keys: string[]) => referralsRepository.earned(keys)),
    analysts: read('analysts', analystsRepository.findByIds),
    analystSignals: read('analystSignals', (ids: string[], query: SignalsQuery) => tradeSignalsRepository.pagesForAnalysts(ids, query)),
    signals: read('signals', tradeSignalsRepository.findByIds)
  }
}

function createLoaders (readers: ReturnType<typeof createReaders>, options: LoaderOptions) {
  return {
    users: createEntityLoader(readers.users, options),
    userStats: createEntityLoader(readers.userStats, options),
    userPayments: createPageLoader(readers.userPayments, options),
    userTransactions: createPageLoader(readers.userTransactions, options),
    userReferrals: createPageLoader(readers.userReferrals, options),
    referralTotals: createEntityLoader(readers.referralTotals, options),
    referralEarned: createEntityLoader(readers.referralEarned, options),
    analysts: createEntityLoader(readers.analysts, options),
    analystSignals: createPageLoader(readers.analystSignals, options),
    signals: createEntityLoader(readers.signals, options)
  }
}

/** Default of the library: a batch is sent when all promises of this turn have settled, so it costs no time. */
function scheduleAfter (milliseconds: number): Pick<LoaderOptions, 'batchScheduleFn'> {
  return milliseconds === 0 ? {} : { batchScheduleFn: (send) => { setTimeout(send, milliseconds) } }
}

/**
 * Optimization 3: the links of a GraphQL answer are read in batches, one database command for each kind of link.
 * A failing command fails the keys of its batch, and no others. Bounded by the life and the size of the request.
 */
export default fp(async function dataLoaders (fastify) {
  const { config } = fastify
  const on = fastify.optimizationIsOn('data-loaders')
  const options = { maxBatchSize: config.LOADER_MAX_BATCH_SIZE, batch: on, cache: on, ...scheduleAfter(config.LOADER_BATCH_WINDOW_MS) }
  const readers = createReaders(fastify)
  fastify.decorate('createLoaders', () => createLoaders(readers, options))
}, {
  name: 'data-loaders',
  dependencies: ['analysts-repository', 'config', 'payments-repository', 'referrals-repository', 'trade-signals-repository', 'tracing', 'transactions-repository', 'users-repository']
})
