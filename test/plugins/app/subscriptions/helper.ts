import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import ledger from '../../../../plugins/app/ledger/index.ts'
import subscriptions from '../../../../plugins/app/subscriptions/index.ts'
import type { Environment } from '../../../../schemas/config.ts'
import type { NewUser } from '../../../../schemas/users.ts'
import { addPerson, type Person } from '../../../people.ts'
import { buildRepositories } from '../../../services.ts'

export const PRICE = 29_000_000
const TABLES = ['users', 'transactions', 'referral_earnings'] as const

/** A bare server with subscriptions; collections that concurrent transactions create are in each other's way on some engines. */
export async function build (t: Test, env: Environment = {}): Promise<FastifyInstance> {
  const fastify = await buildRepositories(t, env)
  for (const plugin of [ledger, subscriptions]) await fastify.register(plugin)
  await fastify.ready()
  for (const name of TABLES) await fastify.documents.collection(name).createIndex({ created_at: 1 })
  return fastify
}

/** A user with a balance, in micro-USDT, that an entry of the ledger explains. */
export async function addUser (fastify: FastifyInstance, name: string, balance: number, changes: Partial<NewUser> = {}): Promise<Person> {
  const person = await addPerson(fastify, name, { ...changes, balance: 0 })
  if (balance > 0) await fastify.ledger.transact(({ post }) => post({ user_id: person.user_id, kind: 'adjustment', amount: balance, reference: 'opening' }))
  return person
}

export const buy = ({ ledger, subscriptions }: FastifyInstance, { caller }: Person, months = 1) =>
  subscriptions.buy(caller, { plan: 'vip', months }, ledger.transact)

/** A user as stored, with the entries since the opening and what was earned by referring. */
export async function stateOf ({ documents, usersRepository }: FastifyInstance, { user_id: id }: Person) {
  const user = await usersRepository.findById(id)
  const entries = await documents.collection('transactions').find({ user_id: id, reference: { $ne: 'opening' } }).sort({ _id: 1 }).toArray()
  const earnings = await documents.collection('referral_earnings').find({ referrer_id: id }).sort({ _id: 1 }).toArray()
  return { balance: user?.balance, tier: user?.tier, expires: user?.subscription_expires?.toISOString() ?? null, entries, earnings }
}

export async function differencesOf (fastify: FastifyInstance): Promise<unknown[]> {
  const found = []
  for await (const difference of fastify.ledger.differences()) found.push(difference)
  return found
}
