import type { FastifyInstance } from 'fastify'
import type { MercuriusContext } from 'mercurius'
import type { Caller } from '../../schemas/users.ts'
import { toConnection, type Page } from './connection.ts'

type Presenter = FastifyInstance['presenter']
type UserDocument = Parameters<Presenter['user']>[0]
type AnalystDocument = Parameters<Presenter['analyst']>[0]
type SignalDocument = Parameters<Presenter['signal']>[0]
type PaymentDocument = Parameters<Presenter['payment']>[0]
type ReferralDocument = Parameters<Presenter['referral']>[0] & { referred_by: number }
type TransactionDocument = Parameters<Presenter['transaction']>[0]
type WithdrawalDocument = Parameters<Presenter['withdrawal']>[0]

function orNull<T, U> (present: (document: T) => U) {
  return (document: T | null): U | null => document === null ? null : present(document)
}

/** Documents as GraphQL shows them: the presented objects of REST, null for what there is not, and connections. */
export function createPresent ({ access, presenter }: Pick<FastifyInstance, 'access' | 'presenter'>) {
  const presentUser = (document: UserDocument) => presenter.user(document)
  const presentAnalyst = (document: AnalystDocument) => presenter.analyst(document)
  const presentTransaction = (document: TransactionDocument) => presenter.transaction(document)

  async function presentSignals<T extends SignalDocument> (page: Page<T>, caller: Caller | null) {
    const viewer = await access.signalViewer(caller, page.items)
    return toConnection(page, (document) => presenter.signal(document, viewer))
  }

  return {
    user: orNull(presentUser),
    analyst: orNull(presentAnalyst),
    stats: orNull(presenter.stats),
    users: <T extends UserDocument>(page: Page<T>) => toConnection(page, presentUser),
    analysts: <T extends AnalystDocument>(page: Page<T>) => toConnection(page, presentAnalyst),
    payments: (page: Page<PaymentDocument> | null) => page && toConnection(page, presenter.payment),
    transactions: <T extends TransactionDocument>(page: Page<T> | null) => page && toConnection(page, presentTransaction),

    /** `earned` and the totals are loaded only where they are asked for. */
    referrals: <T extends ReferralDocument>(page: Page<T> | null, referrerId: number) => page && {
      ...toConnection(page, ({ user_id: id, referred_by: referrer, created_at: created }) => ({ user_id: id, referred_by: referrer, created_at: created.toISOString() })),
      referrer_id: referrerId
    },
    withdrawal: presenter.withdrawal,
    withdrawals: <T extends WithdrawalDocument>(page: Page<T>) => toConnection(page, presenter.withdrawal),

    async signal (document: SignalDocument | null, { scope }: MercuriusContext) {
      if (document === null) return null
      return presenter.signal(document, await access.signalViewer(scope.caller, [document]))
    },

    signals: async <T extends SignalDocument>(page: Page<T> | null, { scope }: MercuriusContext) => page && await presentSignals(page, scope.caller)
  }
}
export type Present = ReturnType<typeof createPresent>
