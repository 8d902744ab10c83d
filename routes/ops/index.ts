import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { PROBLEMS } from '../../schemas/common.ts'
import { OpsQuerySchema, STREAM_COST } from '../../schemas/ops.ts'

const MS_PER_S = 1000
const EXAMPLE = 'event: snapshot\ndata: {"at":1795771200000,"instances":1,"processes":1,"requests":{"rate":120,"errors":0},"…":"…"}\n\n'

/** What the page at `/ops` shows. */
const operations: FastifyPluginAsyncTypebox = async (fastify) => {
  const { jwt, ops } = fastify

  fastify.get('/stream', {
    exposeHeadRoute: false,
    // it is looked at when there is too much to do, above all
    config: { access: 'admin', cost: STREAM_COST, priority: 'critical' },
    schema: {
      operationId: 'streamOps',
      tags: ['operations'],
      summary: 'Follow the numbers of the server',
      description: 'For admins; not with API keys. Server-sent events: `snapshot` once a second, `slow-queries` every 30 seconds, and `end` with its `reason` (`expired` with the access token, `enough`, `stopping`) and a `retry`. A reader that is too slow misses events. 503 `OPS_BUSY` if too many read.',
      querystring: OpsQuerySchema,
      response: { 200: { description: 'The stream', content: { 'text/event-stream': { schema: Type.String({ examples: [EXAMPLE] }) } } }, ...PROBLEMS }
    }
  }, async function streamOps (request, reply) {
    // the guard has verified it
    const { exp } = Object(jwt.decode(jwt.lookupToken(request))) as { exp: number }
    return ops.send(reply, { expiresAt: exp * MS_PER_S, snapshots: request.query.snapshots })
  })
}
export default operations
