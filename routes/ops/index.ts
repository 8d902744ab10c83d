import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { PROBLEMS } from '../../schemas/common.ts'
import { OpsQuerySchema, STREAM_COST } from '../../schemas/ops.ts'

const MS_PER_S = 1000
const EXAMPLE = 'event: snapshot\ndata: {"at":1795771200000,"instances":1,"processes":1,"requests":{"rate":120,"errors":0},"…":"…"}\n\n'

/** What the page at `/ops` shows. */
const operations: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, httpErrors, jobs, jwt, ops, pageSessions } = fastify
  /** When the access token of a request ends, in ms since the epoch; the guard has verified it. */
  const endOf = (request: FastifyRequest) => (Object(jwt.decode(jwt.lookupToken(request))) as { exp: number }).exp * MS_PER_S

  fastify.get('/stream', {
    exposeHeadRoute: false,
    // it is looked at when there is too much to do, above all
    config: { access: 'admin', cost: STREAM_COST, priority: 'critical' },
    schema: {
      operationId: 'streamOps',
      tags: ['operations'],
      summary: 'Follow the numbers of the server',
      description: 'For admins; not with API keys. Server-sent events: `snapshot` once a second, `slow-queries` when they have changed, and `end` with its `reason` (`expired` with the access token, `enough`, `stopping`) and a `retry`. A reader that is too slow misses events. 503 `OPS_BUSY` if too many read.',
      querystring: OpsQuerySchema,
      response: { 200: { description: 'The stream', content: { 'text/event-stream': { schema: Type.String({ examples: [EXAMPLE] }) } } }, ...PROBLEMS }
    }
  }, async function streamOps (request, reply) {
    return ops.send(reply, { expiresAt: endOf(request), snapshots: request.query.snapshots })
  })

  fastify.post('/queues/session', {
    config: { access: 'admin', priority: 'sign-in', problems: [404] },
    schema: {
      operationId: 'openQueues',
      tags: ['operations'],
      summary: 'Open the board of queues',
      description: 'For admins; not with API keys. Sets a cookie with which the browser may open `/ops/queues`; it ends with the access token, and counts only while the session goes on and its user is an admin. 404 `NO_QUEUES` where jobs have no queue, for want of Redis.',
      response: { 204: Type.Null({ description: 'The cookie is set' }), ...PROBLEMS }
    }
  }, async function openQueues (request, reply) {
    if (jobs.queueView === null) throw httpErrors.createError(404, 'Jobs have no queue here', { code: 'NO_QUEUES' })
    pageSessions.begin(reply, access.requireCaller(request.caller), endOf(request))
    reply.code(204)
    return null
  })
}
export default operations
