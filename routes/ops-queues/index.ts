import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { BOARD_COST, BoardQuerySchema, QUEUES_PATH } from '../../schemas/ops.ts'
import { listFiles, POLICY, readPage } from './page.ts'

/** A page is no part of the API. */
export const prefixOverride = ''

/** Longest wait for the queue, in ms: its Redis may hang. */
const LIMIT_MS = 3000

const CACHED = 'private, max-age=31536000, immutable'
const REVALIDATED = 'private, no-cache'

/** Resolves as `work` does, or rejects after `LIMIT_MS`. */
async function inTime<T> (work: Promise<T>): Promise<T> {
  const end = new AbortController()
  const late = delay(LIMIT_MS, undefined, { signal: end.signal, ref: false }).then(() => { throw new Error(`No answer within ${LIMIT_MS} ms`) })
  try {
    return await Promise.race([work, late])
  } finally {
    end.abort()
  }
}

/** A browser that opens the page and is not signed in comes to where that is done. */
function leadToSignIn (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  if (error.statusCode === 401) reply.redirect('/ops', 303)
  else request.server.errorHandler(error, request, reply)
}

/**
 * Bull Board at `/ops/queues`, for admins whom the page at `/ops` has given its cookie. It shows the queue of BullMQ and changes nothing:
 * of its routes those that write are not there. Where there is no queue, there is no board.
 */
const opsQueues: FastifyPluginAsyncTypebox = async (fastify) => {
  const { config: { ACCESS_TOKEN_TTL_S: lifeS }, httpErrors, jobs: { queueView } } = fastify
  const hidden = { schema: { hide: true }, exposeHeadRoute: false } as const

  if (queueView === null) {
    for (const url of [QUEUES_PATH, `${QUEUES_PATH}/*`]) {
      fastify.get(url, { ...hidden, config: { access: 'public' } }, async function refuse () {
        throw httpErrors.createError(404, 'Jobs have no queue here: there is one with QUEUE_REDIS_URL or REDIS_URL', { code: 'NO_QUEUES' })
      })
    }
    return
  }
  // Bull Board is for those that have a queue
  const { createBoard } = await import('./board.ts')
  const { config, pages, readings } = createBoard(queueView.queue)
  const [page, files] = await Promise.all([readPage(QUEUES_PATH, config), listFiles()])
  // the page says nothing when it is refused: it comes again when its cookie may have ended, and is led to the sign-in
  const headers = { 'cache-control': 'private, no-store', 'content-security-policy': POLICY, refresh: String(lifeS + 1) }
  const access = { access: 'admin', signedInBy: 'cookie', priority: 'sign-in' } as const

  for (const url of [QUEUES_PATH, ...pages.map((path) => QUEUES_PATH + path)]) {
    fastify.get(url, { ...hidden, config: access, errorHandler: leadToSignIn }, async function showBoard (_request, reply) {
      return reply.headers(headers).type('text/html; charset=utf-8').send(page)
    })
  }

  fastify.get<{ Params: { '*': string } }>(`${QUEUES_PATH}/static/*`, { ...hidden, config: access }, async function sendFile ({ params: { '*': name } }, reply) {
    const file = await files.read(name)
    if (file === null) throw httpErrors.notFound('There is no such file')
    return reply.header('cache-control', file.isHashed ? CACHED : REVALIDATED).type(file.type).send(file.content)
  })

  for (const { path, read } of readings) {
    fastify.get(QUEUES_PATH + path, { ...hidden, schema: { hide: true, querystring: BoardQuerySchema }, config: { ...access, cost: BOARD_COST } }, async function readQueue ({ params, query }, reply) {
      const away = (cause?: unknown) => httpErrors.createError(503, 'The queue does not answer', { code: 'QUEUE_AWAY', cause })
      if (!queueView.isReady()) throw away()
      const { status, body } = await inTime(read({ params: params as object, query })).catch((cause: unknown) => { throw away(cause) })
      return reply.code(status).header('cache-control', 'private, no-store').send(body)
    })
  }
}
export default opsQueues
