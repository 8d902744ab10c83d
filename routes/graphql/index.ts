import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import mercurius, { type MercuriusOptions } from 'mercurius'
import type { Problem } from '../../schemas/common.ts'
import { createErrors, toGraphqlError } from './errors.ts'
import { createExecutor, isMutation } from './executor.ts'
import { registerGraphiql } from './graphiql.ts'
import { MAX_CACHED_DOCUMENTS, MAX_ERRORS, MAX_TOKENS, MaxDepthRule } from './guards.ts'
import { createHttp, negotiateError } from './http.ts'
import { createLinks } from './links.ts'
import { createMarketQueries } from './market.ts'
import { createMutations } from './mutations.ts'
import { createPresent } from './present.ts'
import { createQueries } from './queries.ts'
import { createSchema } from './schema.ts'

/** `/graphql` is beside the versioned REST interface, not below it. */
export const prefixOverride = ''

const SDL = join(import.meta.dirname, '../../schemas/schema.graphql')
/** Executions of a text after which its next one compiles it. */
const COMPILE_AFTER = 1

async function createOptions (fastify: FastifyInstance, errors: ReturnType<typeof createErrors>): Promise<MercuriusOptions> {
  const present = createPresent(fastify)
  const Query = { ...createQueries(fastify, present), ...createMarketQueries(fastify) }
  const resolvers = { Query, Mutation: createMutations(fastify), ...createLinks(fastify, present) }
  return {
    schema: createSchema(await readFile(SDL, 'utf8'), resolvers, fastify.validatorCompiler),
    routes: false,
    jit: COMPILE_AFTER,
    cache: MAX_CACHED_DOCUMENTS,
    validationRules: [MaxDepthRule],
    graphql: { parseOptions: { maxTokens: MAX_TOKENS }, validateOptions: { maxErrors: MAX_ERRORS } },
    errorFormatter: ({ data, errors: failed }, { scope }) =>
      ({ statusCode: 200, response: { data, errors: failed.map((error) => errors.format(error, scope.log)) } })
  }
}

/**
 * GraphQL over HTTP, by Mercurius behind an endpoint of our own, since its routes do not conform to the specification
 * (https://graphql.github.io/graphql-over-http). The service is as available as the database; unknown faults are masked.
 */
export default async function graphqlRoutes (fastify: FastifyInstance): Promise<void> {
  const errors = createErrors(fastify)
  await fastify.register(mercurius, await createOptions(fastify, errors))
  const { httpErrors } = fastify
  const http = createHttp(fastify)
  const execute = createExecutor(fastify, errors)

  // answers are sent as text: an object is the problem of a request that was refused
  fastify.addHook<Problem>('preSerialization', function toErrors (request, reply, problem, done) {
    reply.type(negotiateError(request))
    done(null, { errors: [toGraphqlError(problem)] })
  })

  fastify.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    config: { access: 'optional' },
    schema: { hide: true },
    async handler (request, reply) {
      reply.header('vary', 'Accept, Authorization')
      const mediaType = http.accept(request)
      const params = await http.read(request)
      if (request.method !== 'POST' && isMutation(params)) {
        throw httpErrors.createError(405, 'Mutations are sent by POST', { headers: { allow: 'POST' } })
      }
      return http.send(reply, mediaType, await execute(params, request))
    }
  })

  if (fastify.config.NODE_ENV !== 'production') registerGraphiql(fastify)
}
