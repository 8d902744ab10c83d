import type { FastifyInstance, FastifyReply } from 'fastify'
import type { PageQuery } from '../../schemas/common.ts'

type Needs = Pick<FastifyInstance, 'httpErrors' | 'presenter' | 'referralsRepository' | 'transactionsRepository' | 'usersRepository'>

/** What there is to see of a user, for whoever may see it; 404 if there is no such user. */
export function createUserViews ({ httpErrors, presenter, referralsRepository, transactionsRepository, usersRepository }: Needs) {
  const missing = () => httpErrors.notFound('There is no such user')

  return {
    async readUser (userId: number, names: string | undefined) {
      const fields = presenter.fieldsOf(names)
      const user = await usersRepository.findById(userId, fields)
      if (user === null) throw missing()
      return presenter.user(user, fields)
    },

    async readStats (userId: number) {
      const stats = await usersRepository.stats(userId)
      if (stats === null) throw missing()
      return presenter.stats(stats)
    },

    async listTransactions (userId: number, query: PageQuery & { fields?: string }, reply: FastifyReply) {
      const fields = presenter.fieldsOf(query.fields)
      const page = await transactionsRepository.list({ ...query, user_id: userId, fields })
      // whoever has transactions is there
      if (page.items.length === 0 && await usersRepository.findById(userId, ['user_id']) === null) throw missing()
      return reply.page(page, (transaction) => presenter.transaction(transaction, fields))
    },

    async listReferrals (userId: number, query: PageQuery, reply: FastifyReply) {
      const [page, totals] = await Promise.all([referralsRepository.list({ ...query, referrer_id: userId }), referralsRepository.totals([userId])])
      const earned = await referralsRepository.earned(page.items.map(referralsRepository.keyOf))
      return {
        ...reply.page(page, (referral) => presenter.referral(referral, earned.get(referralsRepository.keyOf(referral)))),
        totals: presenter.referralTotals(totals.get(userId))
      }
    }
  }
}
