import { ObjectId, type CommandStartedEvent } from 'mongodb'
import t from 'tap'
import transactionsRepository from '../../../plugins/app/transactions-repository.ts'
import type { TransactionDocument } from '../../../schemas/transactions.ts'
import { buildRepositories } from '../../services.ts'

/** Entries 0, 3 and 4 belong to user 1, the others to user 2; 1 and 2 came at the same time. */
async function build (t: Parameters<typeof buildRepositories>[0]) {
  const fastify = await buildRepositories(t)
  await fastify.register(transactionsRepository)
  await fastify.ready()
  await fastify.documents.collection<TransactionDocument>('transactions').insertMany([[1, 0], [2, 1], [2, 1], [1, 2], [1, 3]].map(([userId = 0, time = 0], n) =>
    ({ user_id: userId, kind: 'deposit', amount: n, status: 'completed', reference: `entry ${n}`, created_at: new Date(time) })))
  const sent: Record<string, unknown>[] = []
  fastify.mongo.client.on('commandStarted', ({ command }: CommandStartedEvent) => sent.push(command))
  return { repository: fastify.transactionsRepository, sent }
}

t.test('entries are listed from new to old, of all or of one user', async (t) => {
  const { repository } = await build(t)
  const first = await repository.list({ limit: 3 })

  t.strictSame(first.items.map(({ amount }) => amount), [4, 3, 2])
  t.strictSame((await repository.list({ limit: 3, cursor: first.nextCursor ?? '' })).items.map(({ amount }) => amount), [1, 0])
  t.strictSame((await repository.list({ limit: 9, user_id: 1 })).items.map(({ amount }) => amount), [4, 3, 0])
  await t.rejects(repository.list({ limit: 1, cursor: 'nonsense' }), { statusCode: 400, code: 'INVALID_CURSOR' })
})

t.test('the first pages of many users take one command', async (t) => {
  const { repository, sent } = await build(t)

  const pages = await repository.pagesForUsers([1, 2, 3], { limit: 2 })
  t.equal(sent.length, 1)
  t.strictSame([...pages].map(([userId, { items }]) => [userId, items.map(({ amount }) => amount)]), [[1, [4, 3]], [2, [2, 1]], [3, []]])
  const rest = await repository.list({ user_id: 1, limit: 2, cursor: pages.get(1)?.nextCursor ?? '' })
  t.strictSame(rest.items.map(({ amount }) => amount), [0])
  t.equal((await repository.pagesForUsers([], { limit: 2 })).size, 0)
  t.equal(sent.length, 2, 'nothing asked, nothing sent')
})

t.test('only the asked fields, and what cursors need, cross the wire', async (t) => {
  const { repository, sent } = await build(t)

  const { items } = await repository.list({ limit: 1, fields: ['amount'] })
  t.strictSame(sent[0]?.projection, { user_id: 1, created_at: 1, _id: 1, amount: 1 })
  t.match(items[0], { _id: ObjectId, user_id: 1, amount: 4, created_at: Date })
  const pages = await repository.pagesForUsers([1], { limit: 1, fields: ['kind'] })
  t.strictSame(Object.keys(pages.get(1)?.items[0] ?? {}).sort(), ['_id', 'created_at', 'kind', 'user_id'])
})
