import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RequestParams } from 'graphql-http'
import { cacheKeyOf } from './cache-key.ts'
import type { createCachePolicy } from './cache-policy.ts'
import type { Result } from './http.ts'

const MS_PER_S = 1000

/** A result with errors: it is sent to those that wait for it, and not kept. */
class UnkeptResult extends Error {
  readonly result: Result

  constructor (result: Result) {
    super('The result has errors')
    this.result = result
  }
}

interface Asked {
  params: RequestParams
  mediaType: string
}

type Needs = Pick<FastifyInstance, 'credentials' | 'responseCache'>

/**
 * Answers of queries that are public by all of their fields, kept as those of REST are: by document, operation, variables
 * and media type. What depends on the caller is never looked up here.
 */
export function createKeptAnswers ({ credentials, responseCache }: Needs, { policyOfText }: ReturnType<typeof createCachePolicy>) {
  function wantedOf ({ headers }: FastifyRequest, { params, mediaType }: Asked) {
    const { maxAgeS, scope, tags } = policyOfText(params.query, params.operationName)
    if (!responseCache.isOn || scope !== 'PUBLIC' || maxAgeS === 0) return undefined
    const key = cacheKeyOf(params)
    if (key === undefined) return undefined
    return {
      key: `graphql ${mediaType} ${key}`,
      tags,
      ttlMs: maxAgeS * MS_PER_S,
      staleMs: maxAgeS * MS_PER_S,
      vary: 'Accept, Accept-Encoding',
      cacheControl: `${credentials.areIn(headers) ? 'private' : 'public'}, max-age=${maxAgeS}`
    }
  }

  /** Sends the kept answer, or keeps and sends what `execute` makes. Resolves with a result that is yet to be sent: one that must not be kept. */
  return async function answer (request: FastifyRequest, reply: FastifyReply, asked: Asked, execute: () => Promise<Result>): Promise<Result | undefined> {
    const wanted = wantedOf(request, asked)
    if (wanted === undefined) return await execute()
    if (await responseCache.sendKept(request, reply, wanted)) return undefined

    try {
      await responseCache.make(request, reply, wanted, async () => {
        const result = await execute()
        if (result.errors !== undefined) throw new UnkeptResult(result)
        reply.type(asked.mediaType)
        return JSON.stringify(result)
      })
      return undefined
    } catch (error) {
      if (error instanceof UnkeptResult) return error.result
      throw error
    }
  }
}
