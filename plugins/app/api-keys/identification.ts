import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { KeyScope } from '../../../schemas/api-keys.ts'
import type { Caller } from '../../../schemas/users.ts'
import { hashOf, isKey } from './key.ts'

/** Without the bus between instances, a key revoked by another one counts for so long. */
const TTL_MS = 10_000
/** Refused keys that are remembered, and for how long; a flood of others asks the database once for each. */
const MAX_REFUSED = 10_000
const REFUSED_TTL_MS = 10_000
/** How coarse the time of the last use is. */
const TOUCH_MS = 60_000
const MAX_TOUCHED = 10_000

/** A key that exists, as it is kept. */
interface Grant {
  user_id: number
  scope: KeyScope
  expires_at: Date | null
}

/** The user of keys as the database has it now; null where keys count for nothing. */
type Owner = Pick<Caller, 'tier' | 'analyst_id' | 'subscription_expires'> | null

/** There is no such key: an error, since errors are not kept beside the values. */
class UnknownKey extends Error {}

type Needs = Pick<FastifyInstance, 'access' | 'analystsRepository' | 'apiKeysRepository' | 'cache' | 'httpErrors' | 'log' | 'usersRepository'>

/** Cache tag of a key. */
export const tagOf = (hash: string): string => `api-key:${hash}`

function createCaches ({ access, analystsRepository, apiKeysRepository, cache, usersRepository }: Needs) {
  const grants = cache.define({
    name: 'api-key',
    ttlMs: TTL_MS,
    tags: (hash: string) => [tagOf(hash)],
    async load (hash: string): Promise<Grant> {
      const key = await apiKeysRepository.findByHash(hash)
      if (key === null) throw new UnknownKey()
      return { user_id: key.user_id, scope: key.scope, expires_at: key.expires_at }
    }
  })
  const owners = cache.define({
    name: 'api-key-owner',
    ttlMs: TTL_MS,
    tags: (userId: number) => [`user:${userId}`],
    async load (userId: number): Promise<Owner> {
      const user = await usersRepository.findById(userId, ['tier', 'subscription_expires', 'is_active'])
      // a leaked key must not be an admin's
      if (!user?.is_active || user.tier === undefined || user.tier === 'admin') return null
      const analyst = user.tier === 'analyst' ? await analystsRepository.findByUserId(userId) : null
      return {
        tier: access.tierOf({ ...user, tier: user.tier }),
        analyst_id: analyst?._id.toHexString() ?? null,
        subscription_expires: user.subscription_expires?.getTime() ?? null
      }
    }
  })
  return { grants, owners }
}

/** Notes the time of a key's use, once a minute; nobody waits for it, and a failure is only logged. */
function createTouch ({ apiKeysRepository, log }: Needs) {
  const touched = new LRUCache<string, true>({ max: MAX_TOUCHED, ttl: TOUCH_MS })
  return function touch (hash: string): void {
    if (touched.has(hash)) return
    touched.set(hash, true)
    apiKeysRepository.touch(hash, new Date()).catch((error: unknown) => { log.debug({ err: error }, 'last use of a key not noted') })
  }
}

/** Who sends a key, from memory if it was used a moment ago. Closed: what cannot be looked up identifies nobody. */
export function createIdentification (needs: Needs) {
  const { httpErrors } = needs
  const { grants, owners } = createCaches(needs)
  const refused = new LRUCache<string, true>({ max: MAX_REFUSED, ttl: REFUSED_TTL_MS })
  const touch = createTouch(needs)
  const refusal = () => httpErrors.createError(401, 'The API key is unknown, revoked or expired', { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })

  async function findGrant (hash: string): Promise<Grant> {
    if (refused.has(hash)) throw refusal()
    try {
      return await grants.get(hash)
    } catch (error) {
      if (!(error instanceof UnknownKey)) throw error
      refused.set(hash, true)
      throw refusal()
    }
  }

  /** The caller that a key stands for; 401 for keys that count for nobody. */
  return async function identify (key: string): Promise<Caller> {
    if (!isKey(key)) throw refusal()
    const hash = hashOf(key)
    const { user_id: userId, scope, expires_at: end } = await findGrant(hash)
    const owner = end === null || end.getTime() > Date.now() ? await owners.get(userId) : null
    if (owner === null) throw refusal()
    touch(hash)
    return { user_id: userId, ...owner, session_id: '', scope }
  }
}
