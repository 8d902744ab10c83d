import type { FastifyInstance } from 'fastify'
import type { ClientSession, ObjectId } from 'mongodb'
import type { ReferralEarningDocument } from '../../../schemas/transactions.ts'
import type { UserDocument } from '../../../schemas/users.ts'

const SUBSCRIBER = { _id: 0, tier: 1, is_active: 1, subscription_expires: 1, referred_by: 1 } as const
export type Subscriber = Pick<UserDocument, keyof Omit<typeof SUBSCRIBER, '_id'>>

/** What a purchase reads and writes of users and earnings; only within its transaction. */
export function createSubscribers ({ documents }: Pick<FastifyInstance, 'documents'>) {
  const users = documents.collection<UserDocument>('users')
  const earnings = documents.collection<ReferralEarningDocument<ObjectId>>('referral_earnings')

  return {
    find: (userId: number, session: ClientSession): Promise<Subscriber | null> =>
      users.findOne<Subscriber>({ user_id: userId }, { session, projection: SUBSCRIBER }),

    async extend (userId: number, changes: Pick<Subscriber, 'tier' | 'subscription_expires'>, session: ClientSession): Promise<void> {
      await users.updateOne({ user_id: userId }, { $set: changes }, { session })
    },

    /** Whether there is such a user who may sign in. */
    isActive: async (userId: number, session: ClientSession): Promise<boolean> =>
      await users.findOne({ user_id: userId, is_active: true }, { session, projection: { _id: 1 } }) !== null,

    async addEarning (earning: ReferralEarningDocument<ObjectId>, session: ClientSession): Promise<void> {
      await earnings.insertOne({ ...earning }, { session })
    }
  }
}
export type Subscribers = ReturnType<typeof createSubscribers>
