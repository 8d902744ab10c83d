import type { FastifyInstance } from 'fastify'
import type { FindCursor } from 'mongodb'
import type { TObject } from 'typebox'
import { ExportQuerySchema, UserExportQuerySchema, type ExportQuery, type UserExportQuery } from '../../schemas/exports.ts'
import { SignalSchema } from '../../schemas/signals.ts'
import { TransactionSchema } from '../../schemas/transactions.ts'
import { UserSchema, type Caller } from '../../schemas/users.ts'

/** What a presented document has in it. */
type Field = string | number | boolean | null | undefined | string[]

/** A collection that can be exported: its rows behind one, null if that is not there, and how they are shown to a caller. */
export interface Source<T, Q> {
  name: string
  operation: string
  item: TObject
  query: TObject
  rows: (query: Q) => Promise<FindCursor<T> | null>
  presentTo: (caller: Caller) => Promise<(document: T) => Record<string, Field>>
}

type Needs = Pick<FastifyInstance, 'access' | 'presenter' | 'tradeSignalsRepository' | 'transactionsRepository' | 'usersRepository'>
type RowOf<R extends { walk: (after?: never) => Promise<FindCursor | null> }> = R extends { walk: (after?: never) => Promise<FindCursor<infer T> | null> } ? T : never

/** What admins can export. */
export function createSources ({ access, presenter, tradeSignalsRepository, transactionsRepository, usersRepository }: Needs) {
  const users: Source<RowOf<typeof usersRepository>, UserExportQuery> = {
    name: 'users',
    operation: 'exportUsers',
    item: UserSchema,
    query: UserExportQuerySchema,
    rows: ({ after }) => usersRepository.walk(after),
    presentTo: async () => (user) => presenter.user(user)
  }
  const transactions: Source<RowOf<typeof transactionsRepository>, ExportQuery> = {
    name: 'transactions',
    operation: 'exportTransactions',
    item: TransactionSchema,
    query: ExportQuerySchema,
    rows: ({ after }) => transactionsRepository.walk(after),
    presentTo: async () => (transaction) => presenter.transaction(transaction)
  }
  const signals: Source<RowOf<typeof tradeSignalsRepository>, ExportQuery> = {
    name: 'signals',
    operation: 'exportSignals',
    item: SignalSchema,
    query: ExportQuerySchema,
    rows: ({ after }) => tradeSignalsRepository.walk(after),
    async presentTo (caller) {
      const viewer = await access.signalViewer(caller, [])
      return (signal) => presenter.signal(signal, viewer)
    }
  }
  return { users, transactions, signals }
}
