import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createRecording } from './recording.ts'
import { createAuditRepository } from './repository.ts'

declare module 'fastify' {
  interface FastifyInstance {
    auditLog: ReturnType<typeof createAuditLog>
  }
}

const IPV4 = /^(\d+\.\d+\.\d+)\.\d+$/

/** The /24 of an IPv4 address; of IPv6 the /64 is all that is known. */
const networkOf = (address: string): string => address.replace(IPV4, '$1.0/24')

function createAuditLog ({ clientAddressOf, documents, keyset, log, monitored, requestContext }: FastifyInstance) {
  const repository = createAuditRepository({ documents, keyset, monitored })

  /** Known wherever code runs in the course of a request, by REST or GraphQL. */
  function originOf () {
    const context = requestContext.get()
    if (context === null) return { address: null, request_id: null }
    return { address: networkOf(clientAddressOf(context.request.raw)), request_id: context.requestId }
  }
  return { ...createRecording({ repository, log, originOf }), list: repository.list }
}

/**
 * Who signed in, changed credentials or wrote as an admin, kept for 400 days. Open for sign-ins and what users do with
 * their credentials (`record`, `follow`); closed for what admins write (`precede`): no entry, no write.
 */
export default fp(async function auditLog (fastify) {
  fastify.decorate('auditLog', createAuditLog(fastify))
}, { name: 'audit-log', dependencies: ['client-address', 'documents', 'keyset', 'performance-monitor', 'request-context'] })
