import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createExecution, type Work } from './execution.ts'
import { createPerforming, type Performance } from './performing.ts'
import type { Hold, KeptAnswer } from './repository.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes `Idempotency-Key`, and does what it does by `fastify.idempotency.once`. */
    idempotent?: true
  }
  interface FastifyInstance {
    idempotency: ReturnType<typeof createIdempotency>
  }
  interface FastifyRequest {
    /** What the request holds of its key; null where there is none, and once its answer is kept. */
    idempotencyHold: Hold | null
    /** Something that the request asked for was done before, and is answered again: GraphQL marks its answer. */
    isReplay: boolean
  }
}

interface Deed<T> extends Pick<Performance<T>, 'task' | 'onReplay'> {
  caller: FastifyRequest['caller']
  key: string
  /** Everything that tells what is done: the key stands for it. */
  what: unknown
}

const hash = (what: unknown): string => createHash('sha256').update(JSON.stringify(what)).digest('base64url')

const replay = (reply: FastifyReply, { status, type, body }: KeptAnswer): FastifyReply =>
  reply.code(status).header('idempotent-replayed', 'true').type(type).send(body)

function createIdempotency (fastify: FastifyInstance) {
  const execution = createExecution(fastify)
  const perform = createPerforming(fastify, execution)
  const ownerOf = (caller: FastifyRequest['caller']) => `user:${fastify.access.requireCaller(caller).user_id}`

  return {
    keys: execution.keys,
    giveUp: execution.giveUp,

    /** Claims the key of a request: answers again what was answered, or refuses by 409 or 422. */
    begin: async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
      const { body, caller, headers, method, url } = request
      const claimed = await execution.claim({ owner: ownerOf(caller), key: String(headers['idempotency-key']), fingerprint: hash([method, url, body]) })
      if ('answer' in claimed) return replay(reply, claimed.answer)
      request.idempotencyHold = claimed.hold
      return undefined
    },

    /**
     * Does `work` in a transaction that keeps its answer too: whatever dies in between, both are there or neither. The status of
     * the answer must be set before.
     */
    once: async <T>(request: FastifyRequest, reply: FastifyReply, work: Work<T>): Promise<T> => {
      // the hook of the route has set it
      const hold = request.idempotencyHold as Hold
      const answer = await execution.fulfil(hold, work, (payload) =>
        ({ status: reply.statusCode, type: 'application/json; charset=utf-8', body: reply.serialize(payload) as string }))
      request.idempotencyHold = null
      return answer
    },

    /** The same for what is no request by itself, such as a mutation of GraphQL: the result is kept, not an answer that shows it. */
    perform: <T>({ caller, key, what, ...deed }: Deed<T>): Promise<T> => perform({ ...deed, owner: ownerOf(caller), key, fingerprint: hash(what) })
  }
}

/**
 * `Idempotency-Key` as Stripe has it (https://docs.stripe.com/api/idempotent_requests): a key is its caller's, counts for 24
 * hours, and stands for one request. Its refusals are kept too, faults of the server are not: those may be tried again. It
 * fails closed: while keys cannot be claimed nothing is done.
 */
export default fp(async function idempotency (fastify) {
  const idempotency = createIdempotency(fastify)
  fastify.decorate('idempotency', idempotency)
  fastify.decorateRequest('idempotencyHold', null)
  fastify.decorateRequest('isReplay', false)

  fastify.addHook('onRoute', function attachClaim (route) {
    if (route.config?.idempotent !== true) return
    route.preHandler = [...[route.preHandler].flat().filter((hook) => hook !== undefined), idempotency.begin]
    route.onSend = [...[route.onSend].flat().filter((hook) => hook !== undefined), async function keepRefusal (request, reply, payload) {
      const hold = request.idempotencyHold
      if (hold === null) return
      request.idempotencyHold = null
      await idempotency.giveUp(hold, { status: reply.statusCode, type: String(reply.getHeader('content-type')), body: String(payload) })
    }]
  })
}, { name: 'idempotency', dependencies: ['access', 'documents', 'ledger', 'problem-details', 'sensible'] })
