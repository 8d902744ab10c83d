import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AuditEntrySchema, AuditLogQuerySchema } from '../../schemas/audit-log.ts'
import { LIST_COST, PageSchema, PROBLEMS } from '../../schemas/common.ts'

/** What happened to credentials, and what admins wrote. */
const auditLogRoutes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { auditLog, presenter } = fastify

  fastify.get('', {
    config: { access: 'admin', cost: LIST_COST },
    schema: {
      operationId: 'listAuditLog',
      tags: ['audit-log'],
      summary: 'List the audit log',
      description: 'For admins; newest first. Sign-ins, changes of passwords and API keys, and what admins wrote, of the last 400 days.',
      querystring: AuditLogQuerySchema,
      response: { 200: PageSchema(AuditEntrySchema), ...PROBLEMS }
    }
  }, async function listAuditLog (request, reply) {
    return reply.page(await auditLog.list(request.query), presenter.auditEntry)
  })
}
export default auditLogRoutes
