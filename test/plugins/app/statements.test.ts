import type { FastifyInstance } from 'fastify'
import { ObjectId } from 'mongodb'
import t, { type Test } from 'tap'
import exporting from '../../../plugins/app/exports/index.ts'
import statements from '../../../plugins/app/statements.ts'
import transactionsRepository from '../../../plugins/app/transactions-repository.ts'
import type { TransactionDocument } from '../../../schemas/transactions.ts'
import { buildRepositories } from '../../services.ts'
import { parseCsv } from './exports/csv.ts'

const USER = 7

async function build (t: Test) {
  const fastify = await buildRepositories(t)
  for (const plugin of [transactionsRepository, exporting, statements]) await fastify.register(plugin)
  fastify.get('/statement/:month', (request, reply) => {
    const { month } = request.params as { month: string }
    return fastify.exports.send(request, reply, { filename: 'a.csv', kind: 'statement', owner: USER, open: () => fastify.statements.open(USER, month) })
  })
  await fastify.ready()
  return fastify
}

let made = 0
const entry = (time: string, changes: Partial<TransactionDocument> = {}) =>
  ({ _id: new ObjectId((++made).toString(16).padStart(24, '0')), user_id: USER, kind: 'deposit' as const, amount: 1_000_000, status: 'completed' as const, reference: 'r', created_at: new Date(time), ...changes })

async function read (fastify: FastifyInstance, month: string) {
  const { statusCode, payload } = await fastify.inject(`/statement/${month}`)
  const [head, ...rows] = statusCode === 200 ? parseCsv(payload) : []
  return { statusCode, payload, head, rows }
}

t.test('a statement adds up: opening balance, completed entries, closing balance', async (t) => {
  const fastify = await build(t)
  await fastify.documents.collection('transactions').insertMany([
    entry('2026-01-31T23:59:59.999Z', { amount: 5_000_000 }),
    entry('2026-01-10T00:00:00.000Z', { amount: 9_000_000, status: 'failed' }),
    entry('2026-02-28T23:59:59.999Z', { amount: -2_500_000, kind: 'withdrawal', reference: '=1+1' }),
    entry('2026-02-01T00:00:00.000Z', { status: 'pending' }),
    entry('2026-02-01T00:00:00.000Z'),
    entry('2026-03-01T00:00:00.000Z', { amount: 700_000 }),
    entry('2026-02-14T00:00:00.000Z', { user_id: 8 })
  ])
  const { head, rows } = await read(fastify, '2026-02')

  t.strictSame(head, ['date', 'id', 'kind', 'amount', 'status', 'reference', 'balance'])
  t.strictSame(rows.map(([date, , kind, amount, status, reference, balance]) => [date, kind, amount, status, reference, balance]), [
    ['2026-02-01T00:00:00.000Z', 'opening', '', '', '', '5.000000'],
    ['2026-02-01T00:00:00.000Z', 'deposit', '1.000000', 'pending', 'r', '5.000000'],
    ['2026-02-01T00:00:00.000Z', 'deposit', '1.000000', 'completed', 'r', '6.000000'],
    ['2026-02-28T23:59:59.999Z', 'withdrawal', '-2.500000', 'completed', "'=1+1", '3.500000'],
    ['2026-03-01T00:00:00.000Z', 'closing', '', '', '', '3.500000']
  ])
  t.match((await read(fastify, '2026-03')).rows, [['2026-03-01T00:00:00.000Z', '', 'opening', '', '', '', '3.500000'], {}, ['2026-04-01T00:00:00.000Z', '', 'closing', '', '', '', '4.200000']])
  t.match((await read(fastify, '2025-12')).rows, [['2025-12-01T00:00:00.000Z', '', 'opening', '', '', '', '0.000000'], ['2026-01-01T00:00:00.000Z', '', 'closing', '', '', '', '0.000000']], 'also over the end of a year')
})

t.test('a month that goes on closes now, and one that has not begun has no statement', async (t) => {
  const fastify = await build(t)
  const now = new Date()
  const month = now.toISOString().slice(0, 7)
  const { rows } = await read(fastify, month)
  const closing = new Date(rows.at(-1)?.[0] ?? 0)
  t.ok(closing.getTime() >= now.getTime() && closing.getTime() <= Date.now())

  const { statusCode, payload } = await read(fastify, '2099-01')
  t.equal(statusCode, 422)
  t.match(JSON.parse(payload), { code: 'MONTH_NOT_BEGUN' })
})
