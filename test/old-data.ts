import type { Db } from 'mongodb'

/** When the passwords of `fillOld` were changed. */
export const LONG_AGO = new Date('2026-01-01T00:00:00Z')

/** What a database has that was never migrated: changed passwords that only the audit log knows of, and sessions of old. */
export async function fillOld (db: Db, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, i) => i + 1)
  await db.collection('users').insertMany(ids.map((id) => ({ user_id: id, username: `user-${id}` })))
  await db.collection('users').createIndex({ user_id: 1 }, { unique: true })
  await db.collection('audit_log').insertMany(ids.flatMap((id) => [
    { action: 'sign_in', outcome: 'ok', actor_id: id, created_at: new Date() },
    { action: 'password_change', outcome: 'ok', actor_id: id, created_at: LONG_AGO },
    { action: 'password_change', outcome: 'refused', actor_id: id, created_at: new Date() }
  ]))
  await db.collection('sessions').createIndex({ token_hash: 1 }, { unique: true })
  await db.collection('sessions').insertMany([1, 2].map((n) => ({ user_id: n, token_hash: `old-${n}`, createdAt: new Date() })))
  await db.collection('sessions').insertOne({ user_id: 3, family_hash: 'new', token_hash: 'new', createdAt: new Date() })
}

/** How many users have the time of that change. */
export const countMigrated = (db: Db): Promise<number> => db.collection('users').countDocuments({ password_changed_at: LONG_AGO })
