import type { FastifyInstance } from 'fastify'
import type { Credentials, Tokens } from '../../../schemas/sessions.ts'
import type { Caller } from '../../../schemas/users.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { createSignInThrottle } from './sign-in-throttle.ts'
import type { createTokens } from './tokens.ts'

interface Needs extends Pick<FastifyInstance, 'auditLog' | 'httpErrors' | 'monitored' | 'usersRepository'> {
  passwords: PasswordHasher
  tokens: ReturnType<typeof createTokens>
}

/** Beginning, renewing and ending sessions. */
export function createSignIn ({ auditLog, httpErrors, monitored, passwords, tokens, usersRepository }: Needs) {
  const throttle = createSignInThrottle((waitS) => httpErrors.createError(429, 'Too many sign-ins without success', {
    code: 'TOO_MANY_SIGN_INS',
    headers: { 'retry-after': String(waitS) }
  }))

  /** Begins a session. The 401 is the same, in words and in time, for unknown users, wrong passwords and closed accounts. */
  const signIn = monitored('accounts.signIn', async function signIn ({ username, password }: Credentials): Promise<Tokens> {
    const user = await usersRepository.findByUsername(username)
    // nothing of an unknown name: people type passwords there
    return auditLog.follow({ action: 'sign_in', actor_id: user?.user_id ?? null, target: null }, async () => {
      const matches = await passwords.verify(user?.password_hash, password)
      if (!matches || !user?.is_active) throw httpErrors.unauthorized('User name or password is wrong')
      return tokens.begin(user)
    })
  })

  return {
    signIn,

    /** As `signIn`, for a client of a network; 429 `TOO_MANY_SIGN_INS` if that has failed too often with this name. */
    async signInFrom (network: string, credentials: Credentials): Promise<Tokens> {
      const forgive = throttle.begin(credentials.username, network)
      const begun = await signIn(credentials)
      forgive()
      return begun
    },

    /** Renews a session; a refresh token is good for one time. 401 otherwise. */
    refresh: monitored('accounts.refresh', (refreshToken: string): Promise<Tokens> => tokens.renew(refreshToken)),

    /** Ends the session of the caller: its refresh token is refused from now on. */
    signOut: (caller: Caller): Promise<void> =>
      auditLog.follow({ action: 'sign_out', actor_id: caller.user_id, target: `session:${caller.session_id}` }, () => tokens.end(caller))
  }
}
