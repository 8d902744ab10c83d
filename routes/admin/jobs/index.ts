import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AnswerSchema, LIST_COST, PageSchema, PROBLEMS } from '../../../schemas/common.ts'
import { JobListQuerySchema, JobParamsSchema, JobSchema } from '../../../schemas/jobs.ts'

/** What is to be done in the background, and what was given up. */
const jobRoutes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, jobs, presenter } = fastify

  fastify.get('', {
    config: { access: 'admin', cost: LIST_COST },
    schema: {
      operationId: 'listJobs',
      tags: ['jobs'],
      summary: 'List jobs',
      description: 'For admins; newest first. Those that were given up, or with `state=waiting` those that are not done yet.',
      querystring: JobListQuerySchema,
      response: { 200: PageSchema(JobSchema), ...PROBLEMS }
    }
  }, async function listJobs (request, reply) {
    return reply.page(await jobs.list(request.query), presenter.job)
  })

  fastify.get('/:id', {
    config: { access: 'admin', problems: [404] },
    schema: {
      operationId: 'getJob',
      tags: ['jobs'],
      summary: 'Get a job',
      description: 'For admins. A job that is done is not there any more.',
      params: JobParamsSchema,
      response: { 200: AnswerSchema(JobSchema, 'The job'), ...PROBLEMS }
    }
  }, async function getJob (request) {
    return presenter.job(await jobs.find(request.params.id))
  })

  fastify.post('/:id/retry', {
    config: { access: 'admin', problems: [404, 409] },
    schema: {
      operationId: 'retryJob',
      tags: ['jobs'],
      summary: 'Begin a job anew that was given up',
      description: 'For admins; audited. It has all its attempts again. 409 `JOB_NOT_DEAD` if it was not given up.',
      params: JobParamsSchema,
      response: { 200: AnswerSchema(JobSchema, 'The job, waiting'), ...PROBLEMS }
    }
  }, async function retryJob (request) {
    const { user_id: actor } = access.requireCaller(request.caller)
    return presenter.job(await jobs.retry(actor, request.params.id))
  })

  fastify.delete('/:id', {
    config: { access: 'admin', problems: [404, 409] },
    schema: {
      operationId: 'dropJob',
      tags: ['jobs'],
      summary: 'Drop a job that was given up',
      description: 'For admins; audited. 409 `JOB_NOT_DEAD` if it was not given up; a withdrawal whose outcome is open is kept, with 409 `WITHDRAWAL_OPEN`.',
      params: JobParamsSchema,
      response: { 204: Type.Null({ description: 'It is there no more' }), ...PROBLEMS }
    }
  }, async function dropJob (request, reply) {
    const { user_id: actor } = access.requireCaller(request.caller)
    await jobs.drop(actor, request.params.id)
    reply.code(204)
    return null
  })
}
export default jobRoutes
