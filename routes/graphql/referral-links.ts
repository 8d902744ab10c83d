import type { FastifyInstance } from 'fastify'
import type { Resolver } from './context.ts'
import type { Present } from './present.ts'

type Connection = NonNullable<ReturnType<Present['referrals']>>
type Node = Connection['edges'][number]['node']

/** What belongs to referrals, loaded by one command for all of an answer. */
export function createReferralLinks ({ money, presenter, referralsRepository }: Pick<FastifyInstance, 'money' | 'presenter' | 'referralsRepository'>) {
  const ReferralConnection = {
    async totals ({ referrer_id: id }, _args, { scope }) {
      return presenter.referralTotals(await scope.loaders.referralTotals(id))
    }
  } satisfies Record<string, Resolver<Connection>>

  const Referral = {
    async earned (referral, _args, { scope }) {
      return money.format(await scope.loaders.referralEarned(referralsRepository.keyOf(referral)) ?? 0)
    }
  } satisfies Record<string, Resolver<Node>>

  return { ReferralConnection, Referral }
}
