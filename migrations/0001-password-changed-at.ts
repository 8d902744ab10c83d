import type { ObjectId } from 'mongodb'
import type { Backfill } from '../plugins/app/migrations/index.ts'

interface PasswordChange {
  _id: ObjectId
  actor_id: number
  created_at: Date
}

/**
 * The audit log knew of changed passwords before users did. Withdrawals wait after a change, and took an old account whose
 * password had just been stolen for one with its first.
 */
export default {
  description: 'users whose password was changed before that was kept with them get `password_changed_at` from the audit log',
  phase: 'expand',
  collection: 'audit_log',
  pending: { action: 'password_change', outcome: 'ok' },
  target: 'users',
  batch: (changes) => changes.map(({ actor_id: userId, created_at: changedAt }) => ({
    // a later change, by this batch or through the API, stands
    updateOne: { filter: { user_id: userId }, update: { $max: { password_changed_at: changedAt } } }
  }))
} satisfies Backfill<PasswordChange>
