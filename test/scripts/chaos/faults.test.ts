import { setTimeout as delay } from 'node:timers/promises'
import { MongoClient, type Db } from 'mongodb'
import t from 'tap'
import { startEmbeddedDatabase } from '../../../embedded/index.ts'
import { run } from '../../process.ts'

/** The first adjustment that the suite makes. */
async function firstAdjustment (db: Db) {
  const transactions = db.collection('transactions')
  for (;;) {
    // what was there before is older than the funds
    const funds = await transactions.findOne({ reference: 'chaos' })
    const entry = funds && await transactions.findOne({ kind: 'adjustment', created_at: { $gte: funds.created_at } })
    if (entry) return entry
    await delay(20)
  }
}

t.test('an entry that is lost and a change that is made twice are told, with exit code 1', async (t) => {
  const database = await startEmbeddedDatabase()
  const client = await MongoClient.connect(database.uri)
  t.teardown(async () => {
    await client.close()
    await database.close()
  })
  const command = run(t, ['scripts/chaos/index.ts', '--runs', '4', '--lanes', '1', '--path', 'adjustments'], { MONGODB_URI: database.uri })
  const [, name] = await command.printed(/(sahm-chaos-\d+-0)/)
  const db = client.db(name)

  const { _id, ...entry } = await firstAdjustment(db)
  await db.collection('users').updateOne({ user_id: entry.user_id }, { $inc: { balance: entry.amount } })
  await db.collection('transactions').insertOne(entry)
  await db.collection('transactions').deleteOne({ user_id: 2, reference: 'chaos' })

  t.equal(await command.exited, 1, command.output())
  t.match(command.output(), /2 entries instead of one/)
  t.match(command.output(), /user 2: balance \S+, entries \S+/)
  t.notMatch(command.output(), /user 1:/, 'the balance of user 1 is the sum of its entries')
})
