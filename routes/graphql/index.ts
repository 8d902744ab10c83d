import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { validate } from 'graphql'
import mercurius, { type MercuriusOptions } from 'mercurius'
import type { Problem } from '../../schemas/common.ts'
import { readAllowlist } from './allowlist.ts'
import { batchOf, createBatches } from './batches.ts'
import { createCachePolicy } from './cache-policy.ts'
import { createInterpretedOnly } from './conditional-selections.ts'
import { createErrors, toGraphqlError } from './errors.ts'
import { createExecutor, isMutation } from './executor.ts'
import { registerGraphiql } from './graphiql.ts'
import { createGuards, type RequireHarmless } from './guards.ts'
import { createHttp, negotiateError } from './http.ts'
import { createKeptAnswers } from './kept-answers.ts'
import { MAX_CACHED_DOCUMENTS, MAX_ERRORS, MAX_TOKENS } from './limits.ts'
import { createLinks } from './links.ts'
import { createMarketQueries } from './market.ts'
import { createMoneyMutations } from './money-mutations.ts'
import { createMoneyRule } from './money-rule.ts'
import { createMutations } from './mutations.ts'
import { createParsedDocuments, type DocumentOf } from './parsed-documents.ts'
import { createPayment, type Pay } from './payment.ts'
import { createPersistedQueries } from './persisted-queries.ts'
import { createPresent } from './present.ts'
import { createPricing } from './price.ts'
import { createQueries } from './queries.ts'
import { createSchema } from './schema.ts'
import { traceRoots } from './spans.ts'

/** `/graphql` is beside the versioned REST interface, not below it. */
export const prefixOverride = ''

const SDL = join(import.meta.dirname, '../../schemas/schema.graphql')
/** Executions of a text after which its next one compiles it. */
const COMPILE_AFTER = 1

interface Parts {
  errors: ReturnType<typeof createErrors>
  moneyMutations: ReturnType<typeof createMoneyMutations>
}

async function createOptions (fastify: FastifyInstance, { errors, moneyMutations }: Parts) {
  const present = createPresent(fastify)
  const Query = { ...createQueries(fastify, present), ...createMarketQueries(fastify) }
  const Mutation = { ...createMutations(fastify), ...moneyMutations }
  const resolvers = { ...traceRoots(fastify, { Query, Mutation }), ...createLinks(fastify, present) }
  return {
    schema: createSchema(await readFile(SDL, 'utf8'), resolvers, fastify.validatorCompiler),
    routes: false,
    jit: COMPILE_AFTER,
    cache: MAX_CACHED_DOCUMENTS,
    graphql: { parseOptions: { maxTokens: MAX_TOKENS }, validateOptions: { maxErrors: MAX_ERRORS } },
    errorFormatter: ({ data, errors: failed }, { scope }) =>
      ({ statusCode: 200, response: { data, errors: failed.map((error) => errors.format(error, scope.log)) } })
  } satisfies MercuriusOptions
}

/** The documents of `GRAPHQL_ALLOWLIST`, each of which the server would run; undefined where everything may be asked. */
async function readAllowed ({ config, graphql }: FastifyInstance, documentOf: DocumentOf, requireHarmless: RequireHarmless) {
  if (config.GRAPHQL_ALLOWLIST === '') return undefined
  return await readAllowlist(config.GRAPHQL_ALLOWLIST, function check (query) {
    requireHarmless({ query })
    const [fault] = validate(graphql.schema, documentOf(query))
    if (fault) throw fault
  })
}

/**
 * GraphQL over HTTP, by Mercurius behind an endpoint of our own, since its routes do not conform to the specification
 * (https://graphql.github.io/graphql-over-http). The service is as available as the database; unknown faults are masked.
 */
export default async function graphqlRoutes (fastify: FastifyInstance): Promise<void> {
  const isProduction = fastify.config.NODE_ENV === 'production'
  const errors = createErrors(fastify, { suggestions: !isProduction })
  const moneyMutations = createMoneyMutations(fastify)
  const mercuriusOptions = await createOptions(fastify, { errors, moneyMutations })
  await fastify.register(mercurius, mercuriusOptions)
  const isInterpretedOnly = createInterpretedOnly()
  // Mercurius compiles no document that a hook has given it
  fastify.graphql.addHook('preExecution', async (_schema, document) => isInterpretedOnly(document) ? { document } : undefined)
  const { httpErrors } = fastify
  const http = createHttp(fastify)
  const documentOf = createParsedDocuments()
  const requireHarmless = createGuards({ documentOf, introspection: !isProduction })
  const persistedQueries = createPersistedQueries(fastify, await readAllowed(fastify, documentOf, requireHarmless))
  const { execute, observe } = createExecutor(fastify, { documentOf, errors, requireHarmless })
  const answer = createKeptAnswers(fastify, createCachePolicy(mercuriusOptions.schema, documentOf))

  const requireOneKeyEach = createMoneyRule(fastify, Object.keys(moneyMutations), documentOf)
  const charge = createPayment(fastify, {
    pricing: createPricing(mercuriusOptions.schema, documentOf),
    requireHarmless,
    isMutation: (operation) => isMutation(operation, documentOf)
  })

  const pay: Pay = async (exchange, operations, run) => {
    requireOneKeyEach(operations)
    return await charge(exchange, operations, run)
  }

  const answerBatch = createBatches(fastify, {
    pay,
    read: async (request, body) => persistedQueries.resolve(await http.read(request, body)),
    async run (params, request) {
      const result = await observe(params, request, () => execute(params, request))
      if (result.data !== undefined) persistedQueries.keep(params)
      return result
    }
  })

  // answers are sent as text: an object is the problem of a request that was refused
  fastify.addHook<Problem>('preSerialization', function toErrors (request, reply, problem, done) {
    reply.type(negotiateError(request))
    done(null, { errors: [toGraphqlError(problem)] })
  })

  fastify.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    // before its document is read, a mutation looks like a query, unless it brings a key
    config: { access: 'optional', scope: 'read', priority: 'read', keyedPriority: 'write' },
    schema: { hide: true },
    async handler (request, reply) {
      reply.header('vary', `Accept, ${fastify.credentials.vary}`)
      const mediaType = http.accept(request)
      const batch = batchOf(request)
      if (batch) return http.sendAll(reply, mediaType, await answerBatch({ request, reply }, batch))
      const params = persistedQueries.resolve(await http.read(request))
      // what the process does not know now it may know in a moment
      if ('errors' in params) return http.send(reply.header('cache-control', 'no-store'), mediaType, params)
      if (request.method !== 'POST' && isMutation(params, documentOf)) {
        throw httpErrors.createError(405, 'Mutations are sent by POST', { headers: { allow: 'POST' } })
      }
      const result = await pay({ request, reply }, [params], (used) => observe(params, request, () =>
        answer(request, reply, { params, mediaType }, async () => used(await execute(params, request)))))
      if (result === undefined || result.data !== undefined) persistedQueries.keep(params)
      return result && http.send(reply, mediaType, result)
    }
  })

  if (!isProduction) registerGraphiql(fastify)
}
