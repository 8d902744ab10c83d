import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { GraphQLObjectType, GraphQLResolveInfo } from 'graphql'
import type { MercuriusContext } from 'mercurius'
import type { Caller } from '../../schemas/users.ts'

declare module 'mercurius' {
  interface MercuriusContext {
    scope: RequestScope
  }
}

type Loaders = ReturnType<FastifyInstance['createLoaders']>

/** What resolvers know of the request; its loaders are made when the first one is used. */
export class RequestScope {
  readonly caller: Caller | null
  readonly log: FastifyRequest['log']
  /** `Idempotency-Key` as it was sent. */
  readonly idempotencyKey: unknown
  /** Marks the answer: what it tells was done before. */
  readonly onReplay: () => void
  readonly #createLoaders: () => Loaders
  #loaders: Loaders | undefined

  constructor (request: FastifyRequest, createLoaders: () => Loaders) {
    this.caller = request.caller
    this.log = request.log
    this.idempotencyKey = request.headers['idempotency-key']
    this.onReplay = () => { request.isReplay = true }
    this.#createLoaders = createLoaders
  }

  get loaders (): Loaders {
    this.#loaders ??= this.#createLoaders()
    return this.#loaders
  }
}

export type Resolver<TSource, TArgs = object> =
  (source: TSource, args: TArgs, context: MercuriusContext, info: GraphQLResolveInfo) => unknown

/** Resolvers by type and field, as graphql-js keeps them. */
export type Resolvers = Record<string, Record<string, ReturnType<GraphQLObjectType['getFields']>[string]['resolve']>>
