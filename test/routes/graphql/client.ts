import type { FastifyInstance } from 'fastify'
import { ObjectId, type CommandStartedEvent } from 'mongodb'
import type { Test } from 'tap'
import type { Environment } from '../../../schemas/config.ts'
import { buildApp } from '../../helper.ts'

export interface GraphqlError {
  message: string
  path?: string[]
  locations?: unknown
  extensions: { code: string, errors?: unknown }
}

export interface Answer<TData = Record<string, unknown>> {
  data?: TData
  errors?: GraphqlError[]
}

export interface Connection<TNode> {
  edges: Array<{ cursor: string, node: TNode }>
  pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }
}

interface Ask {
  variables?: object
  operationName?: string
  headers?: Record<string, string>
}

/** The application, listening, with a way to ask it over a real connection. */
export async function buildGraphql (t: Test, env: Environment = {}) {
  const fastify = await buildApp(t, { env })
  const url = `${await fastify.listen({ port: 0 })}/graphql`

  async function ask<TData = Record<string, unknown>> (query: string, { variables, operationName, headers }: Ask = {}): Promise<Answer<TData>> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables, operationName })
    })
    return await response.json() as Answer<TData>
  }

  return { fastify, url, ask }
}

const READS = ['aggregate', 'find']

/** Database commands that read for `work`, in the order in which they were sent. */
export async function readsOf (fastify: FastifyInstance, work: () => Promise<unknown>): Promise<CommandStartedEvent['command'][]> {
  const commands: CommandStartedEvent['command'][] = []
  const collect = ({ command, commandName }: CommandStartedEvent) => { if (READS.includes(commandName)) commands.push(command) }
  fastify.mongo.client.on('commandStarted', collect)
  await work()
  fastify.mongo.client.off('commandStarted', collect)
  return commands
}

const START_MS = Date.UTC(2026, 0, 1)
const MINUTE_MS = 60_000

/** `count` analysts with their users, and `each` signals of each, every third closed; the newest signals last. */
export async function fillMarket (fastify: FastifyInstance, { count = 20, each = 3 } = {}) {
  const { db } = fastify.mongo
  const people = Array.from({ length: count }, (_, i) => ({ _id: new ObjectId(), userId: 2 ** 46 + i, createdAt: new Date(START_MS + i) }))
  await db?.collection('users').insertMany(people.map(({ userId, createdAt }, i) => ({
    user_id: userId,
    username: `person-${i}`,
    password_hash: 'secret',
    tier: 'analyst',
    balance: 1_250_500_000 + i,
    is_active: true,
    subscription_expires: null,
    referred_by: i === 0 ? null : userId - 1,
    created_at: createdAt
  })))
  await db?.collection('analysts').insertMany(people.map(({ _id, userId, createdAt }, i) => ({
    _id,
    user_id: userId,
    name: `Analyst ${i}`,
    bio: `Trades ${i}`,
    rank: i + 0.5,
    is_active: i % 5 !== 4,
    created_at: createdAt
  })))
  const signals = Array.from({ length: count * each }, (_, i) => ({
    _id: new ObjectId(),
    analyst_id: people[i % count]?._id,
    symbol: i % 2 === 0 ? 'BTCUSDT' : 'ETHUSDT',
    side: 'buy',
    entry: '60000',
    targets: ['61000.5'],
    stop_loss: '59000',
    status: i % 3 === 0 ? 'hit' : 'active',
    version: 1,
    created_at: new Date(START_MS + i * MINUTE_MS),
    closed_at: i % 3 === 0 ? new Date(START_MS + (i + 1) * MINUTE_MS) : null
  }))
  await db?.collection('trade_signals').insertMany(signals)
  // written beside the repositories, after the start has warmed the cache
  await fastify.cache.invalidateAll()
  return { people, signals }
}

/** `count` entries in the ledger of a user. */
export async function fillLedger (fastify: FastifyInstance, userId: number, count: number): Promise<void> {
  await fastify.mongo.db?.collection('transactions').insertMany(Array.from({ length: count }, (_, i) => ({
    user_id: userId,
    kind: 'deposit',
    amount: 1_000_000 * (i + 1),
    status: 'completed',
    reference: `entry-${i}`,
    created_at: new Date(START_MS + i)
  })))
}
