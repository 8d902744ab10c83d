import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Claims } from '../../schemas/sessions.ts'
import { QUEUES_PATH } from '../../schemas/ops.ts'
import type { Caller } from '../../schemas/users.ts'

declare module 'fastify' {
  interface FastifyInstance {
    pageSessions: ReturnType<typeof createPageSessions>
  }
}

const MS_PER_S = 1000
/** Browsers take a cookie with this prefix only from https, with `Secure`: nobody on the line can plant one. */
const SECURE_PREFIX = '__Secure-'
const NAME = 'sahm-queues'

function claimsOf ({ user_id: userId, tier, analyst_id: analystId, subscription_expires: end, session_id: sid }: Caller): Claims {
  return { sub: String(userId), tier, analyst_id: analystId, subscription_expires: end, sid }
}

type Needs = Pick<FastifyInstance, 'config' | 'httpErrors' | 'pageTokens' | 'sessionsRepository' | 'usersRepository'>

function createPageSessions ({ config, httpErrors, pageTokens, sessionsRepository, usersRepository }: Needs) {
  const isSecure = config.NODE_ENV === 'production'
  const name = isSecure ? SECURE_PREFIX + NAME : NAME

  return {
    /** Gives the caller's browser a cookie for the board of queues, which ends with the access token; `expiresAt` in ms since the epoch. */
    begin (reply: FastifyReply, caller: Caller, expiresAt: number): void {
      const lifeS = Math.max(1, Math.floor((expiresAt - Date.now()) / MS_PER_S))
      const value = pageTokens.sign(claimsOf(caller), lifeS)
      reply.header('set-cookie', stringifySetCookie({ name, value, path: QUEUES_PATH, httpOnly: true, sameSite: 'strict', secure: isSecure, maxAge: lifeS }))
    },

    /** The claims of the cookie that a request brings; throws if there is none, or it is not to be believed. */
    verify: ({ headers: { cookie = '' } }: FastifyRequest): unknown => pageTokens.verify(parseCookie(cookie)[name] ?? ''),

    /** 401 unless the caller's session goes on, 403 unless the caller is an active admin: as the database says now. */
    async requireStandingAdmin ({ session_id: sessionId, user_id: userId }: Caller): Promise<void> {
      const [isAlive, user] = await Promise.all([sessionsRepository.isAlive(sessionId, userId), usersRepository.findById(userId, ['tier', 'is_active'])])
      if (!isAlive || !user?.is_active) throw httpErrors.unauthorized('The session has ended')
      if (user.tier !== 'admin') throw httpErrors.forbidden('Only admins may do this')
    }
  }
}

/**
 * Sessions of a page that a browser opens by itself, with no script that could send an access token: a cookie that no script reads,
 * that other sites cannot use, and that is sent to that page alone. Closed when in doubt: if the database fails, so does the request.
 */
export default fp(async function pageSessions (fastify) {
  fastify.decorate('pageSessions', createPageSessions(fastify))
}, { name: 'page-sessions', dependencies: ['config', 'jwt', 'sensible', 'sessions-repository', 'users-repository'] })
