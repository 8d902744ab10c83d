import type { WithId } from 'mongodb'
import type { WithdrawalAddress, WithdrawalAddressDocument } from '../../../schemas/withdrawal-addresses.ts'

export function withdrawalAddress ({ _id, network, address, label, usable_at: usable, created_at: created }: WithId<WithdrawalAddressDocument>): WithdrawalAddress {
  return { id: _id.toHexString(), network, address, label, usable_at: usable.toISOString(), created_at: created.toISOString() }
}
