import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createAddressBook } from './address-book.ts'
import { createAddressRepository } from './repository.ts'

declare module 'fastify' {
  interface FastifyInstance {
    withdrawalAddresses: ReturnType<typeof createWithdrawalAddresses>
  }
}

function createWithdrawalAddresses ({ auditLog, config, documents, httpErrors, monitored, presenter, safeFind }: FastifyInstance) {
  const repository = createAddressRepository({ documents, monitored, safeFind })
  return createAddressBook({ auditLog, httpErrors, presenter, repository, waitMs: config.WITHDRAWAL_ADDRESS_WAIT_MS })
}

/**
 * Where users let their money go: addresses that are checked by their checksum and wait a day, so that whoever takes over an
 * account cannot empty it before its user knows. Closed: an address that cannot be looked up is not usable.
 */
export default fp(async function withdrawalAddresses (fastify) {
  fastify.decorate('withdrawalAddresses', createWithdrawalAddresses(fastify))
}, {
  name: 'withdrawal-addresses',
  dependencies: ['audit-log', 'config', 'documents', 'performance-monitor', 'presenter', 'safe-find', 'sensible']
})
