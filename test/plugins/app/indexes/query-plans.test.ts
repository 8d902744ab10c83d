import type { FastifyInstance } from 'fastify'
import type { CommandStartedEvent, Document } from 'mongodb'
import t from 'tap'
import type { OutboxDocument } from '../../../../schemas/jobs.ts'
import { readPlan } from '../../../../plugins/app/slow-query-log/plan.ts'
import type { PaymentEventDocument } from '../../../../schemas/payment-events.ts'
import type { PaymentDocument } from '../../../../schemas/payments.ts'
import type { PlanSummary } from '../../../../schemas/slow-queries.ts'
import { buildApp } from '../../../helper.ts'
import { addPerson } from '../../../people.ts'

/** Enough for an index to be worth it for a planner that counts costs. */
const USERS = 1000

/** What a command asks of a collection; each sub-pipeline of a `$unionWith` is a query of its own. */
interface Query {
  text: string
  command: Document
}

const WRITES = { update: 'updates', delete: 'deletes' } as const

function queriesOf (command: Document): Query[] {
  const { find, aggregate, findAndModify } = command as Record<string, string | undefined>
  const write = (['update', 'delete'] as const).find((name) => name in command)
  const asFind = (collection: string, filter: unknown): Query[] => [toQuery({ find: collection, filter })]
  if (find !== undefined) return [toQuery({ find, filter: command.filter, sort: command.sort, limit: command.limit, projection: command.projection })]
  if (findAndModify !== undefined) return asFind(findAndModify, command.query)
  if (write) return (command[WRITES[write]] as Document[]).flatMap(({ q }) => asFind(String(command[write]), q))
  return aggregate === undefined ? [] : queriesOfPipeline(aggregate, command.pipeline as Document[])
}

function queriesOfPipeline (collection: string, pipeline: Document[]): Query[] {
  const unions = pipeline.flatMap(({ $unionWith: union }) => union === undefined ? [] : [union as { coll: string, pipeline: Document[] }])
  const own = pipeline.filter((stage) => !('$unionWith' in stage))
  return [toQuery({ aggregate: collection, pipeline: own, cursor: {} }), ...unions.flatMap((union) => queriesOfPipeline(union.coll, union.pipeline))]
}

function toQuery (command: Document): Query {
  const defined = Object.fromEntries(Object.entries(command).filter(([, value]) => value !== undefined))
  return { text: JSON.stringify(defined), command: defined }
}

/** Faults of a plan: reads of a whole collection, no index, and sorts in memory, which are DocumentDB's way above a bitmap of matches. */
function faultsOf ({ scan, index, sorted }: PlanSummary, maySort: boolean): string[] {
  return [scan === true && 'whole collection', index === null && 'no index', sorted === true && !maySort && 'sort'].filter((fault) => fault !== false)
}

/** Every subset of the given properties, as lists are filtered by. */
function combinations<T extends object> (filters: T): Partial<T>[] {
  return Object.entries(filters).reduce<Partial<T>[]>((all, [name, value]) => [...all, ...all.map((some) => ({ ...some, [name]: value as unknown }))], [{}])
}

/** Calls every method of every repository, lists with every combination of filters and on every kind of page. */
async function callEverything (fastify: FastifyInstance): Promise<void> {
  const { usersRepository: users, analystsRepository: analysts, tradeSignalsRepository: signals, transactionsRepository: transactions, referralsRepository: referrals, sessionsRepository: sessions, auditLog, paymentsRepository: payments } = fastify
  const [analyst] = await analysts.top(3)
  const id = analyst?._id.toHexString() ?? ''
  const [signal] = (await signals.list({ limit: 1 })).items
  const signalId = signal?._id.toHexString() ?? ''

  async function bothPages<Q extends object> (list: (query: Q & { limit: number, cursor?: string }) => Promise<{ nextCursor: string | null }>, filters: Q[]) {
    for (const filter of filters) {
      const { nextCursor } = await list({ ...filter, limit: 2 })
      if (nextCursor !== null) await list({ ...filter, limit: 2, cursor: nextCursor, fields: ['id'] })
    }
  }
  await bothPages(users.list, combinations({ is_active: true }))
  await bothPages(analysts.list, (['rank', '-created_at'] as const).flatMap((sort) => combinations({ active: true }).map((filter) => ({ ...filter, sort }))))
  const range = { from: new Date(Date.now() - 9e9), to: new Date() }
  await bothPages(signals.list, combinations({ analyst_id: id, symbol: 'BTCUSDT', status: 'hit' as const, ...range }))
  await bothPages(transactions.list, combinations({ user_id: 5 }))
  await bothPages(payments.list, combinations({ user_id: 5 }))
  await bothPages(payments.listEvents, combinations({ status: 'failed' as const }))
  await bothPages(referrals.list, [{ referrer_id: 1 }])
  for (const n of [1, 2, 3]) await auditLog.record({ action: 'sign_in', actor_id: 5, target: `user:${n}` }, 'ok')
  await bothPages(auditLog.list, combinations({ actor_id: 5 }))

  await users.findById(5)
  await users.findByIds([5, 6])
  await users.findByUsername('demo-user')
  await users.update(5, { tier: 'vip' })
  await users.stats(5)
  await users.statsByIds([5, 6, 7])
  await analysts.findById(id)
  await analysts.findByIds([id])
  await analysts.findByUserId(3)
  await analysts.update(id, { rank: 5 })
  await signals.findById(signalId)
  await signals.findByIds([signalId])
  await signals.update(signalId, 99, { status: 'hit' })
  await signals.pagesForAnalysts([id, signalId], { limit: 2 })
  await signals.pagesForAnalysts([id, signalId], { limit: 2, status: 'active' })
  await transactions.pagesForUsers([5, 6], { limit: 2 })
  await payments.pagesForUsers([5, 6], { limit: 2 })
  await payments.findEvent('acme.evt_7')
  await referrals.pagesForReferrers([1, 5], { limit: 2 })
  for (const ids of [[1], [1, 5]]) await referrals.totals(ids)
  await referrals.earned(['1 2', '1 3'])
  await sessions.rotate({ family_hash: '7', token_hash: 'old' }, { token_hash: 'new', salt: '' })
  await sessions.remove(signalId)
  await sessions.removeOthers(7, signalId)
  const { apiKeysRepository: keys } = fastify
  await keys.listByUser(5)
  await keys.findByHash('5')
  await keys.touch('5', new Date())
  await keys.remove(5, signalId)
  const { withdrawalAddresses: book } = fastify
  const { caller, user_id: owner } = await addPerson(fastify, 'book-owner')
  const { id: entry, ...address } = await book.create(caller, { network: 'ERC20', address: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', label: 'wallet' })
  await book.list(owner)
  await t.rejects(book.requireUsable(owner, address.network, address.address), { code: 'ADDRESS_WAITING' })
  await book.remove(caller, entry)
  await fastify.metrics.metrics()
}

const keyOf = (n: number) => ({ user_id: n, name: 'key', prefix: '', key_hash: `${n}`, scope: 'read' as const, expires_at: null })

const paymentOf = (n: number): PaymentDocument => ({ _id: `acme.pay_${n}`, provider: 'acme', user_id: n % 50, amount: n, status: 'succeeded', created_at: new Date(n), updated_at: new Date(n) })
const eventOf = (n: number): PaymentEventDocument => ({
  _id: `acme.evt_${n}`, provider: 'acme', type: 'payment.succeeded', payment_id: `acme.pay_${n}`, user_id: n % 50, amount: n, digest: '', status: n % 50 === 0 ? 'failed' : 'applied', reason: null, occurred_at: new Date(n), created_at: new Date(n), settled_at: null
})

const jobOf = (n: number): OutboxDocument => ({
  kind: 'withdrawal', subject: `${n}`, owner: n % 50, score: 1, rank: new Date(n), state: n % 50 === 0 ? 'dead' : 'waiting', attempts: 0, due_at: new Date(n), holder: null, held_until: new Date(0), queued_until: new Date(0), last_error: null, created_at: new Date(n)
})

t.test('every query of the repositories is answered from an index, in its order', async (t) => {
  const fastify = await buildApp(t, { env: { OPTIMIZATIONS_OFF: 'value-cache,cache-warming' } })
  const { client, db } = fastify.mongo
  await fastify.demoData.seed({ users: USERS })
  await Promise.all(Array.from({ length: 1000 }, (_, n) => fastify.sessionsRepository.create({ user_id: n, family_hash: `${n}`, token_hash: `${n}` })))
  await Promise.all(Array.from({ length: 1000 }, (_, n) => fastify.apiKeysRepository.create(keyOf(n))))
  await fastify.documents.collection<PaymentDocument>('payments').insertMany(Array.from({ length: 1000 }, (_, n) => paymentOf(n)))
  await fastify.documents.collection<PaymentEventDocument>('payment_events').insertMany(Array.from({ length: 1000 }, (_, n) => eventOf(n)))
  await fastify.documents.collection<OutboxDocument>('outbox').insertMany(Array.from({ length: 1000 }, (_, n) => jobOf(n)))
  const queries = new Map<string, Query>()
  client.on('commandStarted', ({ command }: CommandStartedEvent) => {
    for (const query of queriesOf(command)) queries.set(query.text, query)
  })

  await callEverything(fastify)
  t.ok(queries.size > 100, `${queries.size} queries`)
  const faultsOfCommand = async (command: Document): Promise<string[]> => {
    const explained = await client.db(db?.databaseName).command({ explain: command, verbosity: 'queryPlanner' })
    return faultsOf(readPlan(explained), 'Node Type' in (explained.queryPlanner as { winningPlan: Document }).winningPlan)
  }
  for (const { text, command } of [...queries.values()]) t.strictSame(await faultsOfCommand(command), [], text)
  t.strictSame(await faultsOfCommand({ find: 'users', filter: { balance: 5 } }), ['whole collection', 'no index'], 'a query without an index is found out')
})
