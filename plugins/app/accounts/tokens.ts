import type { FastifyInstance } from 'fastify'
import type { WithId } from 'mongodb'
import type { Claims, Tokens } from '../../../schemas/sessions.ts'
import type { Caller, UserDocument } from '../../../schemas/users.ts'
import { createRefreshToken, createSalt, hashesOf, successorOf } from './refresh-tokens.ts'

type Needs = Pick<FastifyInstance, 'access' | 'analystsRepository' | 'auditLog' | 'config' | 'httpErrors' | 'jwt' | 'sessionsRepository' | 'usersRepository'>
type StoredUser = WithId<UserDocument>

/** Access tokens and the sessions that renew them. */
export function createTokens ({ access, analystsRepository, auditLog, config, httpErrors, jwt, sessionsRepository, usersRepository }: Needs) {
  const refused = () => httpErrors.unauthorized('The refresh token is invalid, used or expired')

  async function claimsOf (user: StoredUser, sessionId: string): Promise<Claims> {
    const isStaff = user.tier === 'analyst' || user.tier === 'admin'
    const analyst = isStaff ? await analystsRepository.findByUserId(user.user_id) : null
    return {
      sub: String(user.user_id),
      tier: access.tierOf(user),
      analyst_id: analyst?._id.toHexString() ?? null,
      subscription_expires: user.subscription_expires?.getTime() ?? null,
      sid: sessionId
    }
  }

  async function issue (user: StoredUser, sessionId: string, refreshToken: string): Promise<Tokens> {
    return {
      access_token: jwt.sign(await claimsOf(user, sessionId)),
      token_type: 'Bearer',
      expires_in: config.ACCESS_TOKEN_TTL_S,
      refresh_token: refreshToken
    }
  }

  return {
    /** Begins a session. */
    async begin (user: StoredUser): Promise<Tokens> {
      const token = createRefreshToken()
      const sessionId = await sessionsRepository.create({ user_id: user.user_id, ...hashesOf(token) })
      return issue(user, sessionId, token)
    },

    /**
     * Renews a session by its refresh token, which thereby ends. Sent again at once, as by a client that lost the answer, it
     * gives the same next token again; used later it ends the session: one of its two users has stolen it. 401 otherwise.
     */
    async renew (refreshToken: string): Promise<Tokens> {
      const salt = createSalt()
      const { token_hash: nextHash } = hashesOf(successorOf(refreshToken, salt))
      const rotation = await sessionsRepository.rotate(hashesOf(refreshToken), { token_hash: nextHash, salt })
      if (rotation.outcome === 'unknown') throw refused()
      const { session } = rotation
      if (rotation.outcome === 'reused') {
        await auditLog.record({ action: 'session_reuse', actor_id: session.user_id, target: `session:${session._id.toHexString()}` }, 'refused')
        throw refused()
      }
      const user = await usersRepository.findById(session.user_id)
      if (!user?.is_active) throw refused()
      return issue(user, session._id.toHexString(), successorOf(refreshToken, session.salt))
    },

    /** Ends the session of a caller; the access token itself counts until it expires. */
    async end ({ session_id: sessionId }: Caller): Promise<void> {
      await sessionsRepository.remove(sessionId)
    }
  }
}
