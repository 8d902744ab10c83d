import { ObjectId } from 'mongodb'
import type { FastifyInstance } from 'fastify'
import type { Caller } from '../../../schemas/users.ts'
import type { NewWithdrawal, Withdrawal } from '../../../schemas/withdrawals.ts'
import type { Codes } from './codes.ts'
import type { WithdrawalRepository } from './repository.ts'
import type { createRules } from './rules.ts'
import { scoreOf } from './score.ts'

type Transact = FastifyInstance['ledger']['transact']

interface Needs extends Pick<FastifyInstance, 'config' | 'httpErrors' | 'money' | 'outbox' | 'presenter'> {
  codes: Codes
  repository: WithdrawalRepository
  rules: ReturnType<typeof createRules>
}

/** What users do with their withdrawals; `transact` is what keeps the answer for a repeated request. */
export function createMaking ({ codes, config, httpErrors, money, outbox, presenter, repository, rules }: Needs) {
  const confirmAbove = money.parse(config.WITHDRAWAL_CONFIRM_ABOVE)

  /** The hash of the code of a large withdrawal; null where none is needed. */
  async function confirmationOf (userId: number, asked: NewWithdrawal): Promise<string | null> {
    if (money.parse(asked.amount) <= confirmAbove) return null
    return await (asked.code === undefined ? codes.ask(userId, asked) : codes.check(userId, asked.code, asked))
  }

  /**
   * Takes the money from the balance and has it paid, in one transaction. 403 `CONFIRMATION_REQUIRED`, `CONFIRMATION_WRONG` and
   * what the rules refuse with; 422 `INSUFFICIENT_BALANCE`.
   */
  async function create ({ user_id: userId }: Caller, asked: NewWithdrawal, transact: Transact): Promise<Withdrawal> {
    await rules.check(userId, asked)
    const confirmation = await confirmationOf(userId, asked)
    const amount = money.parse(asked.amount)
    const made = await transact(async ({ post, session }) => {
      const _id = new ObjectId()
      const subject = _id.toHexString()
      const debit = await post({ user_id: userId, kind: 'withdrawal', amount: -amount, reference: `withdrawal:${subject}` })
      const priority = scoreOf(await rules.checkDay(userId, amount, session), amount)
      if (confirmation !== null) await codes.use(userId, confirmation, session)
      const { network, wallet_address: address } = asked
      const withdrawal = await repository.insert({ _id, user_id: userId, amount, wallet_address: address, network, priority, transaction_id: debit._id, created_at: debit.created_at }, session)
      await outbox.add({ kind: 'withdrawal', subject, owner: userId, score: priority }, session)
      return presenter.withdrawal(withdrawal)
    })
    outbox.nudge()
    return made
  }

  /** Takes back one's own withdrawal that nobody has begun to pay. 404; 409 `WITHDRAWAL_STARTED`. */
  async function cancel ({ user_id: userId }: Caller, id: string, transact: Transact): Promise<Withdrawal> {
    return await transact(async ({ post, session }) => {
      const withdrawal = await repository.find(id, session)
      if (withdrawal?.user_id !== userId) throw httpErrors.notFound('There is no such withdrawal')
      if (withdrawal.status !== 'queued' || !await outbox.cancel('withdrawal', id, session)) {
        throw httpErrors.createError(409, 'It is too late: the withdrawal is being paid, or was', { code: 'WITHDRAWAL_STARTED' })
      }
      const refund = await post({ user_id: userId, kind: 'refund', amount: withdrawal.amount, reference: `withdrawal:${id}` })
      const changes = { status: 'cancelled' as const, refund_id: refund._id }
      await repository.change(withdrawal._id, ['queued'], changes, session)
      return presenter.withdrawal({ ...withdrawal, ...changes, updated_at: refund.created_at })
    })
  }

  return { create, cancel }
}
