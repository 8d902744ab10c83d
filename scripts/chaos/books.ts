import { buildApplication } from '../application.ts'

const DEMO_USERS = 12
/** Entries of the outbox that are told, of all that are left. */
const MAX_LEFT = 5
/** What each demo user gets, in micro-USDT. */
const FUNDS = 100_000_000_000_000

interface Left {
  kind: string
  subject: string
  state: string
  attempts: number
  last_error: string | null
}

interface HeldKey {
  _id: string
  answer: object | null
  held_until: Date
}

/** A look at the database past the processes that are killed. */
export async function openBooks (uri: string, database: string) {
  const application = await buildApplication({ MONGODB_URI: uri, MONGODB_DATABASE: database })
  const { demoData, documents, ledger, money: { format }, mongo } = application
  await demoData.seed({ users: DEMO_USERS })
  for (const userId of [1, 2, 3, 4]) await ledger.transact(({ post }) => post({ user_id: userId, kind: 'deposit', amount: FUNDS, reference: 'chaos' }))

  return {
    collection: (name: string) => documents.collection(name),

    /** What is wrong with the whole: balances that are not the sum of their entries, and work that nobody has done. */
    async faults (): Promise<string[]> {
      const faults: string[] = []
      for await (const { user_id: userId, balance, entries } of ledger.differences()) {
        faults.push(`user ${userId}: balance ${balance === null ? 'of nobody' : format(balance)}, entries ${format(entries)}`)
      }
      const left = await documents.collection<Left>('outbox').find().limit(MAX_LEFT).toArray()
      faults.push(...left.map(({ kind, subject, state, attempts, last_error: error }) => `outbox: ${kind} ${subject} is left over, ${state}, attempt ${attempts}, ${error ?? 'no error'}`))
      return faults
    },

    /** As after the minute that a transaction may take. */
    async endSessions (sessions: readonly object[]): Promise<void> {
      if (sessions.length > 0) await mongo.client.db('admin').command({ killSessions: sessions })
    },

    /** As after the minute for which a key may be held without an answer. */
    async releaseKey (key: string): Promise<void> {
      await documents.collection<HeldKey>('idempotency_keys').updateOne({ _id: key, answer: null }, { $set: { held_until: new Date(0) } })
    },

    /** As after the seconds for which a job may be held without a word. */
    async releaseJobs (): Promise<void> {
      await documents.collection('outbox').updateMany({ holder: { $ne: null } }, { $set: { held_until: new Date(0) } })
    },

    async close (): Promise<void> {
      await mongo.db?.dropDatabase()
      await application.close()
    }
  }
}
export type Books = Awaited<ReturnType<typeof openBooks>>
