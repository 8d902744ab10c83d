import type { FastifyInstance } from 'fastify'
import { MAX_KEYS_PER_USER, type ApiKey, type CreatedApiKey, type NewApiKey } from '../../../schemas/api-keys.ts'
import type { Caller } from '../../../schemas/users.ts'
import { tagOf } from './identification.ts'
import { createKey, hashOf, prefixOf } from './key.ts'

type Needs = Pick<FastifyInstance, 'apiKeysRepository' | 'auditLog' | 'cache' | 'httpErrors' | 'presenter'>

/** What users do with their keys. */
export function createManagement ({ apiKeysRepository, auditLog, cache, httpErrors, presenter }: Needs) {
  const expired = () => httpErrors.createError(422, 'expires_at is in the past', { code: 'INVALID_EXPIRY' })
  const tooMany = () => httpErrors.createError(409, `A user has at most ${MAX_KEYS_PER_USER} API keys`, { code: 'TOO_MANY_API_KEYS' })

  async function create (caller: Caller, { name, scope, expires_at: end }: NewApiKey): Promise<CreatedApiKey> {
    if (caller.tier === 'admin') throw httpErrors.forbidden('Admins have no API keys')
    const expiresAt = end === undefined ? null : new Date(end)
    if (expiresAt !== null && expiresAt.getTime() <= Date.now()) throw expired()
    const key = createKey()
    const stored = await apiKeysRepository.create({ user_id: caller.user_id, name, scope, prefix: prefixOf(key), key_hash: hashOf(key), expires_at: expiresAt })
    if (stored === null) throw tooMany()
    return { ...presenter.apiKey(stored), key }
  }

  async function revoke (userId: number, id: string): Promise<void> {
    const key = await apiKeysRepository.remove(userId, id)
    if (key === null) throw httpErrors.notFound('There is no such API key')
    await cache.invalidate([tagOf(key.key_hash)])
  }

  return {
    /** Makes a key of the caller, who is shown it this once. 403 for admins; 409 `TOO_MANY_API_KEYS`; 422 `INVALID_EXPIRY`. */
    create: (caller: Caller, key: NewApiKey): Promise<CreatedApiKey> =>
      auditLog.follow({ action: 'api_key_create', actor_id: caller.user_id, target: null }, () => create(caller, key), ({ id }) => `api_key:${id}`),

    /** The caller's keys, newest first. */
    async list ({ user_id: userId }: Caller): Promise<ApiKey[]> {
      const keys = await apiKeysRepository.listByUser(userId)
      return keys.sort((a, b) => b.created_at.getTime() - a.created_at.getTime()).map(presenter.apiKey)
    },

    /** Ends a key of the caller: refused at once here, elsewhere within milliseconds, or 10 s without Redis. 404. */
    revoke: ({ user_id: userId }: Caller, id: string): Promise<void> =>
      auditLog.follow({ action: 'api_key_revoke', actor_id: userId, target: `api_key:${id}` }, () => revoke(userId, id))
  }
}
