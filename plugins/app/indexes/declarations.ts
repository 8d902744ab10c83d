/** Order of each field, ascending 1 or descending -1. */
export type IndexKey = Readonly<Record<string, 1 | -1>>

export interface IndexDeclaration {
  collection: string
  key: IndexKey
  /** Compound indexes make queries fast and may be left out; the others keep promises. */
  purpose: 'compound' | 'unique' | 'expiry'
  options: { unique?: true, expireAfterSeconds?: number }
}

const compound = (collection: string, key: IndexKey): IndexDeclaration => ({ collection, key, purpose: 'compound', options: {} })
const unique = (collection: string, key: IndexKey): IndexDeclaration => ({ collection, key, purpose: 'unique', options: { unique: true } })
const expiry = (collection: string, expireAfterSeconds: number, field = 'createdAt'): IndexDeclaration =>
  ({ collection, key: { [field]: 1 }, purpose: 'expiry', options: { expireAfterSeconds } })

/** 400 days: a yearly review sees the whole year, and has a month for it. */
const AUDIT_LOG_TTL_S = 400 * 86_400

/**
 * Every index of the application (optimization 1). A list continues after (`created_at`, `_id`), so its index has the
 * tie-breaker `_id` behind what is filtered by equality: read in order, it needs neither a sort nor a skip. The indexes
 * that end in `status`, and the ranking without `_id`, count and filter from their keys alone.
 */
export const DECLARED_INDEXES: readonly IndexDeclaration[] = [
  unique('users', { user_id: 1 }),
  unique('users', { username: 1 }),
  compound('users', { is_active: 1, subscription_expires: -1 }),
  compound('users', { created_at: -1, _id: -1 }),
  compound('users', { is_active: 1, created_at: -1, _id: -1 }),

  // a user is at most one analyst
  unique('analysts', { user_id: 1 }),
  // the best active analysts, where ties need no order
  compound('analysts', { is_active: 1, rank: -1, created_at: -1 }),
  compound('analysts', { is_active: 1, rank: -1, created_at: -1, _id: -1 }),
  compound('analysts', { rank: -1, created_at: -1, _id: -1 }),
  compound('analysts', { is_active: 1, created_at: -1, _id: -1 }),
  compound('analysts', { created_at: -1, _id: -1 }),

  compound('trade_signals', { analyst_id: 1, created_at: -1, status: 1 }),
  // one for each filter; of several the rest is checked on the documents of one
  compound('trade_signals', { created_at: -1, _id: -1 }),
  compound('trade_signals', { analyst_id: 1, created_at: -1, _id: -1 }),
  compound('trade_signals', { symbol: 1, created_at: -1, _id: -1 }),
  compound('trade_signals', { status: 1, created_at: -1, _id: -1 }),

  // counts a user's entries without reading them
  compound('transactions', { user_id: 1, created_at: -1, status: 1 }),
  compound('transactions', { user_id: 1, created_at: -1, _id: -1 }),
  compound('transactions', { created_at: -1, _id: -1 }),

  // the sum of a referrer's earnings is in its keys
  compound('referral_earnings', { referrer_id: 1, amount: 1 }),

  unique('sessions', { family_hash: 1 }),
  compound('sessions', { user_id: 1 }),
  expiry('sessions', 86_400),
  unique('api_keys', { key_hash: 1 }),
  // a user's keys, each in a place of its own: no more than there are places
  unique('api_keys', { user_id: 1, slot: 1 }),
  compound('audit_log', { created_at: -1, _id: -1 }),
  compound('audit_log', { actor_id: 1, created_at: -1, _id: -1 }),
  expiry('audit_log', AUDIT_LOG_TTL_S, 'created_at'),
  expiry('cache_entries', 3_600),
  expiry('temp_data', 600)
]
