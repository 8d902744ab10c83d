import { createHash, randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { WithId } from 'mongodb'
import type { Claims, Tokens } from '../../../schemas/sessions.ts'
import type { Caller, UserDocument } from '../../../schemas/users.ts'

type Needs = Pick<FastifyInstance, 'analystsRepository' | 'config' | 'httpErrors' | 'jwt' | 'sessionsRepository' | 'usersRepository'>
type StoredUser = WithId<UserDocument>

interface RefreshToken {
  token: string
  hash: string
}

/** The database knows refresh tokens by their hash only; 256 random bits need no salt. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

function createRefreshToken (): RefreshToken {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOf(token) }
}

/** Access tokens and the sessions that renew them. */
export function createTokens ({ analystsRepository, config, httpErrors, jwt, sessionsRepository, usersRepository }: Needs) {
  async function claimsOf (user: StoredUser, sessionId: string): Promise<Claims> {
    const isStaff = user.tier === 'analyst' || user.tier === 'admin'
    const analyst = isStaff ? await analystsRepository.findByUserId(user.user_id) : null
    return {
      sub: String(user.user_id),
      tier: user.tier,
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
      const { token, hash } = createRefreshToken()
      const sessionId = await sessionsRepository.create({ user_id: user.user_id, token_hash: hash })
      return issue(user, sessionId, token)
    },

    /** Renews a session by its refresh token, which thereby ends; 401 if it has ended before. */
    async renew (refreshToken: string): Promise<Tokens> {
      const { token, hash } = createRefreshToken()
      const session = await sessionsRepository.rotate(hashOf(refreshToken), hash)
      const user = session === null ? null : await usersRepository.findById(session.user_id)
      if (session === null || !user?.is_active) throw httpErrors.unauthorized('The refresh token is invalid, used or expired')
      return issue(user, session._id.toHexString(), token)
    },

    /** Ends the session of a caller; the access token itself counts until it expires. */
    async end ({ session_id: sessionId }: Caller): Promise<void> {
      await sessionsRepository.remove(sessionId)
    }
  }
}
