import type { FastifyInstance } from 'fastify'
import type { Analyst, NewAnalyst } from '../../../schemas/analysts.ts'
import type { Caller, ProfileChanges, SignUp, User } from '../../../schemas/users.ts'
import type { PasswordHasher } from './password-hasher.ts'

interface Needs extends Pick<FastifyInstance, 'analystsRepository' | 'auditLog' | 'httpErrors' | 'monitored' | 'presenter' | 'sessionsRepository' | 'usersRepository'> {
  passwords: PasswordHasher
}

/** Users, what they may change of themselves, and the analysts that some become. */
export function createProfiles ({ analystsRepository, auditLog, httpErrors, monitored, passwords, presenter, sessionsRepository, usersRepository }: Needs) {
  /** 422 unless there is such a user. */
  async function requireUser (userId: number) {
    const user = await usersRepository.findById(userId)
    if (user === null) throw httpErrors.createError(422, 'There is no such user', { code: 'UNKNOWN_USER' })
    return user
  }

  async function requirePassword (userId: number, password: string): Promise<void> {
    const user = await usersRepository.findById(userId)
    if (await passwords.verify(user?.password_hash, password)) return
    throw httpErrors.createError(403, 'The current password is wrong', { code: 'WRONG_PASSWORD' })
  }

  async function changeProfile ({ user_id: userId, session_id: sessionId }: Caller, { username, password, current_password: current = '' }: ProfileChanges): Promise<User> {
    if (password !== undefined) await requirePassword(userId, current)
    const user = await usersRepository.update(userId, {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password_hash: await passwords.hash(password), password_changed_at: new Date(Date.now()) })
    })
    if (user === null) throw httpErrors.notFound('There is no such user')
    if (password !== undefined) await sessionsRepository.removeOthers(userId, sessionId)
    return presenter.user(user)
  }

  return {
    /** Creates a free account. 409 `USERNAME_TAKEN`; 422 `UNKNOWN_USER` for the one who referred. */
    signUp: monitored('accounts.signUp', async function signUp ({ username, password, referred_by: referrer }: SignUp): Promise<User> {
      if (referrer !== undefined) await requireUser(referrer)
      return presenter.user(await usersRepository.create({
        username,
        password_hash: await passwords.hash(password),
        tier: 'free',
        balance: 0,
        is_active: true,
        subscription_expires: null,
        referred_by: referrer ?? null,
        created_at: new Date()
      }))
    }),

    /** Changes the caller's own name or password, which ends all other sessions. 403 `WRONG_PASSWORD`, 409 `USERNAME_TAKEN`, 404. */
    async updateProfile (caller: Caller, changes: ProfileChanges): Promise<User> {
      const { user_id: userId } = caller
      if (changes.password === undefined) return changeProfile(caller, changes)
      return auditLog.follow({ action: 'password_change', actor_id: userId, target: `user:${userId}` }, () => changeProfile(caller, changes))
    },

    /** Makes a user an analyst. 409 `ANALYST_EXISTS`; 422 `UNKNOWN_USER`. */
    async appointAnalyst (analyst: NewAnalyst): Promise<Analyst> {
      const user = await requireUser(analyst.user_id)
      const created = await analystsRepository.create(analyst)
      // admins keep what they may do
      if (user.tier !== 'admin') await usersRepository.update(user.user_id, { tier: 'analyst' })
      return presenter.analyst(created)
    }
  }
}
