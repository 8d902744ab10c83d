import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { STATEMENT_COLUMNS } from '../../schemas/exports.ts'

declare module 'fastify' {
  interface FastifyInstance {
    statements: ReturnType<typeof createStatements>
  }
}

type Needs = Pick<FastifyInstance, 'exports' | 'httpErrors' | 'money' | 'presenter' | 'transactionsRepository'>

/** First moment of a month such as `2026-11`, and of the next, UTC. */
function boundsOf (month: string): [from: Date, to: Date] {
  const from = new Date(`${month}-01T00:00:00.000Z`)
  return [from, new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1))]
}

function createStatements ({ exports, httpErrors, money, presenter, transactionsRepository }: Needs) {
  return {
    /**
     * A user's entries of a month between its first and its last balance, oldest first. Only completed entries count, as they do for
     * the balance itself. 422 `MONTH_NOT_BEGUN`.
     */
    async open (userId: number, month: string) {
      const [from, to] = boundsOf(month)
      if (from.getTime() > Date.now()) throw httpErrors.createError(422, 'The month has not begun', { code: 'MONTH_NOT_BEGUN' })
      const sheet = exports.sheetOf('csv', STATEMENT_COLUMNS, true)
      let balance = await transactionsRepository.balanceAt(userId, from)
      const total = (kind: string, time: number) => sheet.row({ date: new Date(time).toISOString(), kind, balance: money.format(balance) })

      return {
        cursor: transactionsRepository.between(userId, from, to),
        type: sheet.type,
        head: sheet.head + total('opening', from.getTime()),
        row (entry: Parameters<typeof presenter.transaction>[0] & { amount: number }): string {
          if (entry.status === 'completed') balance += entry.amount
          const { created_at: date, ...shown } = presenter.transaction(entry)
          return sheet.row({ ...shown, date, balance: money.format(balance) })
        },
        tail: () => total('closing', Math.min(to.getTime(), Date.now()))
      }
    }
  }
}

/** Monthly statements, from the ledger as it is read: what is in one adds up, whatever is written meanwhile. */
export default fp(async function statements (fastify) {
  fastify.decorate('statements', createStatements(fastify))
}, { name: 'statements', dependencies: ['exports', 'money', 'presenter', 'sensible', 'transactions-repository'] })
