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
/** A shape that was not slow for a month is no longer advised on. */
const SLOW_QUERIES_TTL_S = 30 * 86_400

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
  compound('users', { referred_by: 1, created_at: -1, _id: -1 }),

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

  compound('payments', { user_id: 1, created_at: -1, _id: -1 }),
  compound('payments', { created_at: -1, _id: -1 }),
  compound('payment_events', { status: 1, created_at: -1, _id: -1 }),
  compound('payment_events', { created_at: -1, _id: -1 }),

  // the sum of a referrer's earnings is in its keys
  compound('referral_earnings', { referrer_id: 1, amount: 1 }),
  // and so are that of a month, and that of each user who was referred
  compound('referral_earnings', { referrer_id: 1, referred_id: 1, created_at: -1, amount: 1 }),

  unique('sessions', { family_hash: 1 }),
  compound('sessions', { user_id: 1 }),
  expiry('sessions', 86_400),
  unique('api_keys', { key_hash: 1 }),
  // a user's keys, each in a place of its own: no more than there are places
  unique('api_keys', { user_id: 1, slot: 1 }),
  unique('withdrawal_addresses', { user_id: 1, network: 1, address: 1 }),
  // as the keys: no more than there are places
  unique('withdrawal_addresses', { user_id: 1, slot: 1 }),
  compound('audit_log', { created_at: -1, _id: -1 }),
  compound('audit_log', { actor_id: 1, created_at: -1, _id: -1 }),
  expiry('audit_log', AUDIT_LOG_TTL_S, 'created_at'),
  compound('withdrawals', { created_at: -1, _id: -1 }),
  compound('withdrawals', { status: 1, created_at: -1, _id: -1 }),
  // a user's, and what of them counts for the limit of a day
  compound('withdrawals', { user_id: 1, created_at: -1, _id: -1 }),
  // what is due, in order; what of it is an owner's; those that were given up
  compound('outbox', { state: 1, rank: 1 }),
  compound('outbox', { owner: 1, state: 1 }),
  compound('outbox', { kind: 1, subject: 1 }),
  compound('outbox', { state: 1, created_at: -1, _id: -1 }),
  // what is due for longest, for the metrics
  compound('outbox', { state: 1, due_at: 1 }),
  expiry('idempotency_keys', 86_400),
  expiry('cache_entries', 3_600),
  expiry('temp_data', 600),
  expiry('slow_queries', SLOW_QUERIES_TTL_S, 'last_seen')
]
