import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { AnalystChangesSchema, AnalystListQuerySchema, AnalystParamsSchema, AnalystQuerySchema, AnalystSchema, NewAnalystSchema, type AnalystParams } from '../../schemas/analysts.ts'
import { AnswerSchema, LIST_COST, LOCATION, PageSchema, PROBLEMS } from '../../schemas/common.ts'
import { AnalystSignalsQuerySchema, SignalSchema } from '../../schemas/signals.ts'

const tags = ['analysts']
const analystTags = ({ params }: FastifyRequest): string[] => [`analyst:${(params as AnalystParams).id}`]
const signalsTags = ({ params }: FastifyRequest): string[] => [`signals:${(params as AnalystParams).id}`]

/** Analysts, who publish signals. */
const analysts: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, accounts, analystsRepository, auditLog, httpErrors, presenter, signals } = fastify
  const missing = () => httpErrors.notFound('There is no such analyst')

  fastify.get('', {
    config: { access: 'public', cost: LIST_COST, cache: { ttl: 60, stale: 60, scope: 'public', tags } },
    schema: {
      operationId: 'listAnalysts',
      tags,
      summary: 'List analysts',
      description: 'Best first, or newest first.',
      querystring: AnalystListQuerySchema,
      response: { 200: PageSchema(Type.Partial(AnalystSchema, { additionalProperties: false })), ...PROBLEMS }
    }
  }, async function listAnalysts (request, reply) {
    const fields = presenter.fieldsOf(request.query.fields)
    const page = await analystsRepository.list({ ...request.query, fields })
    return reply.page(page, (analyst) => presenter.analyst(analyst, fields))
  })

  fastify.get('/:id', {
    config: { access: 'public', cache: { ttl: 60, stale: 60, scope: 'public', tags: analystTags } },
    schema: {
      operationId: 'getAnalyst',
      tags,
      summary: 'Read an analyst',
      description: 'What everybody may know of an analyst.',
      params: AnalystParamsSchema,
      querystring: AnalystQuerySchema,
      response: { 200: AnswerSchema(Type.Partial(AnalystSchema, { additionalProperties: false }), 'The analyst'), ...PROBLEMS }
    }
  }, async function getAnalyst (request) {
    const fields = presenter.fieldsOf(request.query.fields)
    const analyst = await analystsRepository.findById(request.params.id)
    if (analyst === null) throw missing()
    return presenter.analyst(analyst, fields)
  })

  fastify.get('/:id/signals', {
    config: { access: 'optional', cost: LIST_COST, cache: { ttl: 10, stale: 10, scope: 'user', tags: signalsTags } },
    schema: {
      operationId: 'listSignalsOfAnalyst',
      tags,
      summary: "List an analyst's signals",
      description: 'Newest first. Entry, targets and stop of active signals are null, except for subscribers, their analyst and admins.',
      params: AnalystParamsSchema,
      querystring: AnalystSignalsQuerySchema,
      response: { 200: PageSchema(Type.Partial(SignalSchema, { additionalProperties: false })), ...PROBLEMS }
    }
  }, async function listSignalsOfAnalyst (request, reply) {
    const { fields, ...query } = request.query
    const { id } = request.params
    const page = await signals.list(request.caller, { ...query, analyst_id: id, fields: presenter.fieldsOf(fields) })
    // whoever has signals is there
    if (page.items.length === 0 && await analystsRepository.findById(id) === null) throw missing()
    return reply.page(page, (signal) => signal)
  })

  fastify.post('', {
    config: { access: 'admin', problems: [409, 422] },
    schema: {
      operationId: 'createAnalyst',
      tags,
      summary: 'Appoint an analyst',
      description: "For admins: makes a user an analyst. The user's next access token says so.",
      body: NewAnalystSchema,
      response: { 201: AnswerSchema(AnalystSchema, 'The analyst', LOCATION), ...PROBLEMS }
    }
  }, async function createAnalyst (request, reply) {
    const { user_id: actor } = access.requireCaller(request.caller)
    const target = `user:${request.body.user_id}`
    const analyst = await auditLog.precede({ action: 'analyst_appoint', actor_id: actor, target }, () => accounts.appointAnalyst(request.body))
    reply.code(201).header('location', `/v1/analysts/${analyst.id}`)
    return analyst
  })

  fastify.patch('/:id', {
    config: { access: 'admin' },
    schema: {
      operationId: 'updateAnalyst',
      tags,
      summary: 'Change an analyst',
      description: 'For admins. An analyst that is not active publishes no signals.',
      params: AnalystParamsSchema,
      body: AnalystChangesSchema,
      response: { 200: AnswerSchema(AnalystSchema, 'The analyst as it is now'), ...PROBLEMS }
    }
  }, async function updateAnalyst (request) {
    const { user_id: actor } = access.requireCaller(request.caller)
    const { id } = request.params
    return auditLog.precede({ action: 'analyst_update', actor_id: actor, target: `analyst:${id}` }, async () => {
      const analyst = await analystsRepository.update(id, request.body)
      if (analyst === null) throw missing()
      return presenter.analyst(analyst)
    })
  })
}
export default analysts
