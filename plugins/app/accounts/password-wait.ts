import type { FastifyInstance } from 'fastify'

type Needs = Pick<FastifyInstance, 'config' | 'httpErrors' | 'usersRepository'>

/** Keeps the money of an account whose password somebody else may just have changed. */
export function createPasswordWait ({ config, httpErrors, usersRepository }: Needs) {
  return {
    /** 403 `PASSWORD_CHANGED` for a time after the password was changed, which says until when. */
    async requireSettledPassword (userId: number): Promise<void> {
      const user = await usersRepository.findById(userId, ['password_changed_at'])
      const until = (user?.password_changed_at?.getTime() ?? -Infinity) + config.WITHDRAWAL_PASSWORD_WAIT_MS
      if (until <= Date.now()) return
      throw httpErrors.createError(403, `The password is new: withdrawals are taken from ${new Date(until).toISOString()}`, { code: 'PASSWORD_CHANGED' })
    }
  }
}
