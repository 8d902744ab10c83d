import type { FastifyInstance } from 'fastify'
import type { Caller, Tier, UserDocument } from '../../../schemas/users.ts'
import { createRights } from './rights.ts'
import { createViewer, type SeenSignal, type SignalViewer } from './signal-viewer.ts'

type Needs = Pick<FastifyInstance, 'analystsRepository' | 'httpErrors' | 'usersRepository'>

/** What credentials allow, each with what is before it; `full` is for access tokens only. */
const SCOPES = ['read', 'trade', 'full'] as const
export type Scope = typeof SCOPES[number]

/** The tier that counts now: a vip whose subscription has ended is free again; one without an end was made so by an operator. */
function tierOf ({ tier, subscription_expires: end }: Pick<UserDocument, 'tier'> & Partial<Pick<UserDocument, 'subscription_expires'>>): Tier {
  return tier === 'vip' && end instanceof Date && end.getTime() <= Date.now() ? 'free' : tier
}

/**
 * Who may do what. Other people's data is "not found" for users, so that nothing tells whether it exists;
 * an operation that is not for the caller at all is "forbidden".
 */
export function createAccess ({ httpErrors, ...repositories }: Needs) {
  const rights = createRights(repositories)
  const noUser = () => httpErrors.notFound('There is no such user')
  const mayReadUser = (caller: Caller, userId: number): boolean => caller.tier === 'admin' || caller.user_id === userId

  return {
    tierOf,

    mayReadUser,

    mayListUsers: (caller: Caller): boolean => caller.tier === 'admin',

    /** The caller of a request that must have one; 401 otherwise. */
    requireCaller (caller: Caller | null): Caller {
      if (caller === null) throw httpErrors.unauthorized('Sign in first')
      return caller
    },

    /** 404 unless the caller is this user or an admin. */
    requireReadUser (caller: Caller, userId: number): void {
      if (!mayReadUser(caller, userId)) throw noUser()
    },

    /** 403 `INSUFFICIENT_SCOPE` for API keys whose scope is below the one that an operation asks for; access tokens have all. */
    requireScope (caller: Caller, asked: Scope): void {
      const scope: Scope = caller.scope ?? 'full'
      if (SCOPES.indexOf(scope) >= SCOPES.indexOf(asked)) return
      throw httpErrors.createError(403, asked === 'full' ? 'API keys may not do this' : 'The API key may only read', { code: 'INSUFFICIENT_SCOPE' })
    },

    /** 403 unless the caller is an admin. */
    requireAdmin (caller: Caller): void {
      if (caller.tier !== 'admin') throw httpErrors.forbidden('Only admins may do this')
    },

    /** Id of the active analyst that the caller is, as the database says now; 403 for others. */
    async requireAnalyst (caller: Caller): Promise<string> {
      const analyst = await rights.analystOf(caller)
      if (!analyst?.is_active) throw httpErrors.forbidden('Only active analysts may do this')
      return analyst._id.toHexString()
    },

    /** Whose transactions the caller gets when asking for `userId`'s: undefined means everybody's. */
    transactionsOwner (caller: Caller, userId: number | undefined): number | undefined {
      if (caller.tier === 'admin') return userId
      if (userId !== undefined && userId !== caller.user_id) throw noUser()
      return caller.user_id
    },

    /**
     * Which of `signals` show entry, targets and stop to the caller. What the access token grants counts for its life;
     * what it does not grant is looked up, once per request, and only if something would be hidden otherwise.
     */
    async signalViewer (caller: Caller | null, signals: readonly SeenSignal[]): Promise<SignalViewer> {
      const viewer = createViewer(caller)
      if (caller === null || !signals.some(viewer.hides)) return viewer
      return createViewer(caller, await rights.of(caller))
    }
  }
}
