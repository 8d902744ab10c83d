import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { SandboxOptions } from '../scripts/payouts/sandbox.ts'
import type { Environment } from '../schemas/config.ts'
import type { Tier } from '../schemas/users.ts'
import type { Withdrawal, WithdrawalStatus } from '../schemas/withdrawals.ts'
import { buildApp } from './helper.ts'
import { entriesOf, until } from './jobs.ts'
import { startPayouts } from './payouts.ts'
import { addPerson, type Person } from './people.ts'

/** From EIP-55 (https://eips.ethereum.org/EIPS/eip-55). */
export const ADDRESS = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'

interface Building {
  env?: Environment
  options?: Partial<SandboxOptions>
}

/** Answers within that, or does not; and its circuit stays closed, whatever it does. */
const PROVIDER: Environment = { PAYOUT_TIMEOUT_MS: 1000, PAYOUT_BREAKER_FAILURES: 1000 }

/** The application with a provider of its own; jobs are done, soon. */
export async function buildWithProvider (t: Test, { env, options }: Building = {}) {
  const { sandbox, env: payoutEnv } = await startPayouts(t, options)
  const fastify = await buildApp(t, { env: { JOBS_CONCURRENCY: 10, JOBS_POLL_MS: 50, ...PROVIDER, ...payoutEnv, ...env } })
  return { fastify, sandbox }
}

/** A user with a balance that its entries sum up to, and an address that may be used. */
export async function addHolder (fastify: FastifyInstance, name: string, { balance = 10_000_000_000, tier = 'vip' }: { balance?: number, tier?: Tier } = {}): Promise<Person> {
  const person = await addPerson(fastify, name, { tier, balance: 0 })
  const { user_id: userId } = person
  if (balance > 0) await fastify.ledger.transact(({ post }) => post({ user_id: userId, kind: 'deposit', amount: balance, reference: 'start' }))
  const now = new Date()
  await fastify.documents.collection('withdrawal_addresses').insertOne({ user_id: userId, slot: 0, network: 'ERC20', address: ADDRESS, label: 'wallet', usable_at: now, created_at: now })
  return person
}

/** Requests of one user. */
export function clientOf (fastify: FastifyInstance, { headers }: Person) {
  let keys = 0
  const post = async (url: string, payload?: object, key = `key-${keys++}`) => await fastify.inject({ method: 'POST', url, headers: { ...headers, 'idempotency-key': key }, ...(payload && { payload }) })
  const get = async (url: string) => await fastify.inject({ url, headers })
  return {
    authorization: headers.authorization,
    post,
    get,
    withdraw: async (amount: string, own: object = {}, key?: string) => await post('/v1/withdrawals', { amount, wallet_address: ADDRESS, network: 'ERC20', ...own }, key),
    cancel: async (id: string, key?: string) => await post(`/v1/withdrawals/${id}/cancel`, undefined, key),
    balance: async () => (await get('/v1/users/me')).json<{ balance: string }>().balance,
    withdrawal: async (id: string) => (await get(`/v1/withdrawals/${id}`)).json<Withdrawal>()
  }
}
export type Client = ReturnType<typeof clientOf>

/** Ends the pauses between attempts. */
export async function hurry (fastify: FastifyInstance): Promise<void> {
  await entriesOf(fastify).updateMany({ state: 'waiting', holder: null }, { $set: { due_at: new Date(0) } })
}

/** Waits until a withdrawal has a status, without the pauses between attempts. */
export async function untilStatus (fastify: FastifyInstance, client: Client, id: string, status: WithdrawalStatus): Promise<void> {
  await until(async () => {
    await hurry(fastify)
    return (await client.withdrawal(id)).status === status
  })
}

/** Ids and kinds of the entries of the ledger that a withdrawal has caused. */
export async function kindsOf (fastify: FastifyInstance, id: string): Promise<string[]> {
  const entries = await fastify.documents.collection<{ kind: string, reference: string }>('transactions').find({ reference: `withdrawal:${id}` }).toArray()
  return entries.map(({ kind }) => kind).sort()
}

/** What the ledger and the balances do not agree on. */
export async function differencesOf (fastify: FastifyInstance): Promise<unknown[]> {
  const found = []
  for await (const difference of fastify.ledger.differences()) found.push(difference)
  return found
}
