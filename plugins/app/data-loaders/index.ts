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

type Repositories = Pick<FastifyInstance, 'analystsRepository' | 'tradeSignalsRepository' | 'transactionsRepository' | 'usersRepository'>
type SignalsQuery = Omit<Parameters<Repositories['tradeSignalsRepository']['pagesForAnalysts']>[1], 'fields'>
type TransactionsQuery = Omit<Parameters<Repositories['transactionsRepository']['pagesForUsers']>[1], 'fields'>

function createLoaders (repositories: Repositories, options: LoaderOptions) {
  const { analystsRepository, tradeSignalsRepository, transactionsRepository, usersRepository } = repositories
  return {
    users: createEntityLoader(usersRepository.findByIds, options),
    userStats: createEntityLoader((ids: number[]) => usersRepository.statsByIds(ids), options),
    userTransactions: createPageLoader((ids: number[], query: TransactionsQuery) => transactionsRepository.pagesForUsers(ids, query), options),
    analysts: createEntityLoader(analystsRepository.findByIds, options),
    analystSignals: createPageLoader((ids: string[], query: SignalsQuery) => tradeSignalsRepository.pagesForAnalysts(ids, query), options),
    signals: createEntityLoader(tradeSignalsRepository.findByIds, options)
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
  fastify.decorate('createLoaders', () => createLoaders(fastify, options))
}, {
  name: 'data-loaders',
  dependencies: ['analysts-repository', 'config', 'trade-signals-repository', 'transactions-repository', 'users-repository']
})
