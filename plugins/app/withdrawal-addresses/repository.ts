import type { FastifyInstance } from 'fastify'
import type { WithId } from 'mongodb'
import { MAX_ADDRESSES_PER_USER, type Network, type WithdrawalAddressDocument } from '../../../schemas/withdrawal-addresses.ts'

export type StoredAddress = WithId<WithdrawalAddressDocument>
type NewAddress = Omit<WithdrawalAddressDocument, 'slot'>
type Creation = { outcome: 'created', stored: StoredAddress } | { outcome: 'exists' | 'full' }

type Tools = Pick<FastifyInstance, 'documents' | 'monitored' | 'safeFind'>

/** Queries of `withdrawal_addresses`. */
export function createAddressRepository ({ documents, monitored, safeFind }: Tools) {
  const addresses = documents.collection<WithdrawalAddressDocument>('withdrawal_addresses')

  const listByUser = (userId: number): Promise<StoredAddress[]> => safeFind(addresses.find({ user_id: userId }))

  /** Stores an address in a free place of its user. */
  async function create (address: NewAddress): Promise<Creation> {
    const present = await listByUser(address.user_id)
    if (present.some((other) => other.network === address.network && other.address === address.address)) return { outcome: 'exists' }
    const slot = documents.freePlace(MAX_ADDRESSES_PER_USER, present.map((other) => other.slot))
    if (slot === undefined) return { outcome: 'full' }
    const document = { ...address, slot }
    try {
      const { insertedId } = await addresses.insertOne({ ...document })
      return { outcome: 'created', stored: { _id: insertedId, ...document } }
    } catch (error) {
      // another request has taken the place, or added the same; the list tells which
      if (!documents.isDuplicate(error) && !documents.gaveWay(error)) throw error
      return await create(address)
    }
  }

  const find = (userId: number, network: Network, address: string): Promise<StoredAddress | null> =>
    addresses.findOne({ user_id: userId, network, address })

  /** Deletes an address of the user; false if there is no such address. */
  async function remove (userId: number, id: string): Promise<boolean> {
    const _id = documents.toId(id)
    if (_id === null) return false
    const { deletedCount } = await addresses.deleteOne({ _id, user_id: userId })
    return deletedCount === 1
  }

  return {
    listByUser: monitored('withdrawalAddresses.listByUser', listByUser),
    create: monitored('withdrawalAddresses.create', create),
    find: monitored('withdrawalAddresses.find', find),
    remove: monitored('withdrawalAddresses.remove', remove)
  }
}
export type AddressRepository = ReturnType<typeof createAddressRepository>
