import type { FastifyInstance } from 'fastify'
import type { CommandStartedEvent, Document } from 'mongodb'
import t from 'tap'
import { buildApp } from '../../../helper.ts'

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

/** All nodes of a plan, of the embedded engine (`stage`, `inputStage`) or of PostgreSQL (`Node Type`, `Plans`). */
function nodesOf (plan: Document): Document[] {
  const inner = [plan.inputStage as Document | undefined, ...(plan.Plans as Document[] | undefined ?? [])]
  return [plan, ...inner.flatMap((node) => node ? nodesOf(node) : [])]
}

/** Faults of a plan: reads of a whole collection, and on the embedded engine sorts that hold everything back. */
function faultsOf (plan: Document): string[] {
  return nodesOf(plan).flatMap((node) => {
    if (node.stage === 'COLLSCAN' || node.stage === 'SORT') return [String(node.stage)]
    if (node['Node Type'] === 'Seq Scan') return ['Seq Scan']
    const readsAll = node['Index Name'] === '_id_' && !String(node['Index Cond']).includes('object_id')
    return readsAll ? ['whole collection by _id_'] : []
  })
}

const usesIndex = (plan: Document): boolean => nodesOf(plan).some((node) => node.stage === 'IXSCAN' || node['Index Name'] !== undefined)

/** Every subset of the given properties, as lists are filtered by. */
function combinations<T extends object> (filters: T): Partial<T>[] {
  return Object.entries(filters).reduce<Partial<T>[]>((all, [name, value]) => [...all, ...all.map((some) => ({ ...some, [name]: value as unknown }))], [{}])
}

/** Calls every method of every repository, lists with every combination of filters and on every kind of page. */
async function callEverything (fastify: FastifyInstance): Promise<void> {
  const { usersRepository: users, analystsRepository: analysts, tradeSignalsRepository: signals, transactionsRepository: transactions, sessionsRepository: sessions, auditLog } = fastify
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
  await sessions.rotate({ family_hash: '7', token_hash: 'old' }, { token_hash: 'new', salt: '' })
  await sessions.remove(signalId)
  await sessions.removeOthers(7, signalId)
  const { apiKeysRepository: keys } = fastify
  await keys.listByUser(5)
  await keys.findByHash('5')
  await keys.touch('5', new Date())
  await keys.remove(5, signalId)
}

const keyOf = (n: number) => ({ user_id: n, name: 'key', prefix: '', key_hash: `${n}`, scope: 'read' as const, expires_at: null })

t.test('every query of the repositories is answered from an index, in its order', async (t) => {
  const fastify = await buildApp(t, { env: { OPTIMIZATIONS_OFF: 'value-cache,cache-warming' } })
  const { client, db } = fastify.mongo
  await fastify.demoData.seed({ users: USERS })
  await Promise.all(Array.from({ length: 1000 }, (_, n) => fastify.sessionsRepository.create({ user_id: n, family_hash: `${n}`, token_hash: `${n}` })))
  await Promise.all(Array.from({ length: 1000 }, (_, n) => fastify.apiKeysRepository.create(keyOf(n))))
  const queries = new Map<string, Query>()
  client.on('commandStarted', ({ command }: CommandStartedEvent) => {
    for (const query of queriesOf(command)) queries.set(query.text, query)
  })

  await callEverything(fastify)
  t.ok(queries.size > 100, `${queries.size} queries`)
  const planOf = async (command: Document): Promise<Document> => {
    const { queryPlanner } = await client.db(db?.databaseName).command({ explain: command, verbosity: 'queryPlanner' }) as { queryPlanner: { winningPlan: Document } }
    return queryPlanner.winningPlan
  }
  for (const { text, command } of [...queries.values()]) {
    const plan = await planOf(command)
    t.strictSame(faultsOf(plan), [], text)
    t.ok(usesIndex(plan), text)
  }
  t.equal(faultsOf(await planOf({ find: 'users', filter: { balance: 5 } })).length, 1, 'a query without an index is found out')
})
