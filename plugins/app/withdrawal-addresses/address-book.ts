import type { FastifyInstance } from 'fastify'
import type { Caller } from '../../../schemas/users.ts'
import { MAX_ADDRESSES_PER_USER, type Network, type NewWithdrawalAddress, type WithdrawalAddress } from '../../../schemas/withdrawal-addresses.ts'
import { faultOf, RULES } from './checksums.ts'
import type { AddressRepository, StoredAddress } from './repository.ts'

interface Needs extends Pick<FastifyInstance, 'auditLog' | 'httpErrors' | 'presenter'> {
  repository: AddressRepository
  /** Time from adding an address to its first use. */
  waitMs: number
}

function createRefusals ({ createError }: FastifyInstance['httpErrors']) {
  return {
    checksum: (network: Network) => createError(422, `This is no ${network} address with the checksum of ${RULES[network]}`, { code: 'ADDRESS_CHECKSUM' }),
    zero: (network: Network) => createError(422, `Nobody has the zero address of ${network}: what is sent there is lost`, { code: 'ADDRESS_ZERO' }),
    exists: () => createError(409, 'You have this address already', { code: 'ADDRESS_EXISTS' }),
    full: () => createError(409, `A user has at most ${MAX_ADDRESSES_PER_USER} withdrawal addresses`, { code: 'TOO_MANY_ADDRESSES' }),
    unknown: () => createError(422, 'The address is not among your withdrawal addresses', { code: 'ADDRESS_UNKNOWN' }),
    waiting: (until: Date) => createError(403, `The address is new: withdrawals may go there from ${until.toISOString()}`, { code: 'ADDRESS_WAITING' })
  }
}

/** What users do with their addresses, and what withdrawals ask of them. */
export function createAddressBook ({ auditLog, httpErrors, presenter, repository, waitMs }: Needs) {
  const refusals = createRefusals(httpErrors)

  async function create (userId: number, { network, address, label }: NewWithdrawalAddress): Promise<WithdrawalAddress> {
    const fault = faultOf(network, address)
    if (fault !== null) throw refusals[fault](network)
    const now = Date.now()
    const creation = await repository.create({ user_id: userId, network, address, label, usable_at: new Date(now + waitMs), created_at: new Date(now) })
    if (creation.outcome !== 'created') throw refusals[creation.outcome]()
    return presenter.withdrawalAddress(creation.stored)
  }

  async function remove (userId: number, id: string): Promise<void> {
    if (!await repository.remove(userId, id)) throw httpErrors.notFound('There is no such withdrawal address')
  }

  return {
    /** Adds an address that may be used after the wait. 422 `ADDRESS_CHECKSUM`, `ADDRESS_ZERO`; 409 `ADDRESS_EXISTS`, `TOO_MANY_ADDRESSES`. */
    create: ({ user_id: userId }: Caller, address: NewWithdrawalAddress): Promise<WithdrawalAddress> =>
      auditLog.follow({ action: 'withdrawal_address_add', actor_id: userId, target: null }, () => create(userId, address), ({ id }) => `withdrawal_address:${id}`),

    /** A user's addresses, newest first. */
    async list (userId: number): Promise<WithdrawalAddress[]> {
      const addresses = await repository.listByUser(userId)
      return addresses.sort((a, b) => b.created_at.getTime() - a.created_at.getTime()).map(presenter.withdrawalAddress)
    },

    /** Removes an address of the caller; whoever adds it again waits anew. 404. */
    remove: ({ user_id: userId }: Caller, id: string): Promise<void> =>
      auditLog.follow({ action: 'withdrawal_address_remove', actor_id: userId, target: `withdrawal_address:${id}` }, () => remove(userId, id)),

    /** The user's own address, if withdrawals may go there now. 422 `ADDRESS_UNKNOWN`; 403 `ADDRESS_WAITING`, which says until when. */
    async requireUsable (userId: number, network: Network, address: string): Promise<StoredAddress> {
      const stored = await repository.find(userId, network, address)
      if (stored === null) throw refusals.unknown()
      if (stored.usable_at.getTime() > Date.now()) throw refusals.waiting(stored.usable_at)
      return stored
    }
  }
}
