import type { WithId } from 'mongodb'
import type { Network, WithdrawalAddressDocument } from '../../../schemas/withdrawal-addresses.ts'
import { membershipDays } from './people.ts'
import { DAY_MS, idOf, type Scale } from './scale.ts'

/** Of users 1 to 4; nobody has these addresses, whose checksums are good. */
const ADDRESSES: readonly { network: Network, address: string }[] = [
  { network: 'ERC20', address: '0x5a4d5A4D5A4d5A4d5a4D5A4d5A4d5A4D5A4D0001' },
  { network: 'ERC20', address: '0x5A4D5A4d5A4d5a4D5A4d5a4D5A4d5A4D5a4D0002' },
  { network: 'TRC20', address: 'TJCgUtNYJ3rQ7YAybBfHD9mAXNoZRVkni8' },
  { network: 'TRC20', address: 'TJCgUtNYJ3rQ7YAybBfHD9mAXNoZao5ywi' }
]

/** An address for each demo user, ready for withdrawals. */
export function * generateWithdrawalAddresses ({ scale, now }: { scale: Scale, now: Date }): Generator<WithId<WithdrawalAddressDocument>> {
  for (const [i, { network, address }] of ADDRESSES.entries()) {
    const userId = i + 1
    const joined = new Date(now.getTime() - membershipDays(userId, scale) * DAY_MS)
    yield { _id: idOf('withdrawal_addresses', userId), user_id: userId, slot: 0, network, address, label: 'Demo wallet', usable_at: joined, created_at: joined }
  }
}
