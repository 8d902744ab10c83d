import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { AnswerSchema, ETAG, LIST_COST, LOCATION, PageSchema, PROBLEMS } from '../../schemas/common.ts'
import { IfMatchSchema, NewSignalSchema, SignalChangesSchema, SignalListQuerySchema, SignalParamsSchema, SignalQuerySchema, SignalSchema, type SignalParams } from '../../schemas/signals.ts'
import { parseIfMatch } from './if-match.ts'

const tags = ['signals']
const signalTags = ({ params }: FastifyRequest): string[] => [`signal:${(params as SignalParams).id}`]

/** Trade signals. */
const signalRoutes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, httpErrors, presenter, signals } = fastify

  fastify.get('', {
    config: { access: 'optional', cost: LIST_COST, cache: { ttl: 10, stale: 10, scope: 'user', tags } },
    schema: {
      operationId: 'listSignals',
      tags,
      summary: 'List signals',
      description: 'Newest first. Entry, targets and stop of active signals are null, except for subscribers, their analyst and admins.',
      querystring: SignalListQuerySchema,
      response: { 200: PageSchema(Type.Partial(SignalSchema, { additionalProperties: false })), ...PROBLEMS }
    }
  }, async function listSignals (request, reply) {
    const { fields, ...query } = request.query
    const page = await signals.list(request.caller, { ...query, fields: presenter.fieldsOf(fields) })
    return reply.page(page, (signal) => signal)
  })

  fastify.get('/:id', {
    config: { access: 'optional', cache: { ttl: 10, stale: 10, scope: 'user', tags: signalTags } },
    schema: {
      operationId: 'getSignal',
      tags,
      summary: 'Read a signal',
      description: 'Its `ETag` is what a change asks for in `If-Match`.',
      params: SignalParamsSchema,
      querystring: SignalQuerySchema,
      response: { 200: AnswerSchema(Type.Partial(SignalSchema, { additionalProperties: false }), 'The signal', ETAG), ...PROBLEMS }
    }
  }, async function getSignal (request, reply) {
    const { etag, signal } = await signals.find(request.caller, request.params.id, presenter.fieldsOf(request.query.fields))
    reply.header('etag', etag)
    return signal
  })

  fastify.post('', {
    config: { access: 'analyst', scope: 'trade', problems: [422] },
    schema: {
      operationId: 'createSignal',
      tags,
      summary: 'Publish a signal',
      description: 'For active analysts. Buying, the stop is below the entry and every target above it; selling, the reverse.',
      body: NewSignalSchema,
      response: { 201: AnswerSchema(SignalSchema, 'The signal', { ...LOCATION, ...ETAG }), ...PROBLEMS }
    }
  }, async function createSignal (request, reply) {
    const signal = await signals.create(access.requireCaller(request.caller), request.body)
    reply.code(201).headers({ location: `/v1/signals/${signal.id}`, etag: `"${signal.version}"` })
    return signal
  })

  fastify.patch('/:id', {
    config: { access: 'analyst', scope: 'trade', problems: [409, 422] },
    schema: {
      operationId: 'updateSignal',
      tags,
      summary: 'Change a signal',
      description: 'For its analyst, while it is active; a status other than `active` closes it for good. 412 if it has changed since it was read, 428 without `If-Match`.',
      params: SignalParamsSchema,
      headers: IfMatchSchema,
      body: SignalChangesSchema,
      response: { 200: AnswerSchema(SignalSchema, 'The signal as it is now', ETAG), ...PROBLEMS }
    }
  }, async function updateSignal (request, reply) {
    const header = request.headers['if-match']
    if (header === undefined) throw httpErrors.preconditionRequired('Send the ETag of the signal in If-Match')
    const expected = parseIfMatch(header)
    if (expected === undefined) throw httpErrors.badRequest('If-Match is neither * nor a list of entity tags')
    const signal = await signals.update(access.requireCaller(request.caller), request.params.id, expected, request.body)
    reply.header('etag', `"${signal.version}"`)
    return signal
  })
}
export default signalRoutes
