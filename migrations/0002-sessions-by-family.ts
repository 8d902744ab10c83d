import type { OneTime } from '../plugins/app/migrations/index.ts'

/** Sessions were known by the hash of their token once, which was unique. More than one of that time keeps the present index from being built. */
export default {
  description: 'sessions without `family_hash`, which no token opens any more, are removed, and their index `token_hash_1` gives way to `family_hash_1`',
  phase: 'contract',
  async up ({ documents }) {
    const sessions = documents.collection('sessions')
    await sessions.deleteMany({ family_hash: { $exists: false } })
    await sessions.createIndex({ family_hash: 1 }, { unique: true })
    if (await sessions.indexExists('token_hash_1')) await sessions.dropIndex('token_hash_1')
  }
} satisfies OneTime
