import t from 'tap'
import { startDemoDatabase } from '../../scripts/demo-database.ts'
import { buildApp } from '../helper.ts'
import { connect } from '../embedded/helper.ts'

t.test('the database of npm run dev has the demo data and the indexes that the server would make', async (t) => {
  const database = await startDemoDatabase({ DEMO_USERS: '40', MONGODB_DATABASE: 'mine' })
  t.teardown(() => database.close())
  const filled = (await connect(t, database.uri)).db('mine')
  const app = await buildApp(t, { env: { MONGODB_URI: '', DEMO_USERS: 40 } })
  const own = app.mongo.db

  for (const name of ['users', 'analysts', 'trade_signals', 'transactions', 'referral_earnings']) {
    const read = (db = own) => db?.collection(name).find({}, { projection: { created_at: 0, closed_at: 0, subscription_expires: 0, password_hash: 0 } }).sort({ _id: 1 }).toArray()
    const [theirs, ours] = [await read(filled), await read()]
    t.ok(ours?.length, name)
    t.strictSame(theirs, ours, name)
  }
  const other = await buildApp(t, { env: { MONGODB_URI: database.uri, MONGODB_DATABASE: 'mine' } })
  await other.indexes.ensure()
  t.strictSame(await other.indexes.check(), [])
})

t.test('it is empty where no demo data is asked for', async (t) => {
  for (const users of ['0', 'many']) {
    const database = await startDemoDatabase({ DEMO_USERS: users })
    t.teardown(() => database.close())
    t.strictSame(await (await connect(t, database.uri)).db('sahm').listCollections().toArray(), [])
  }
})

t.test('it has 2,000 users unless told otherwise', async (t) => {
  const database = await startDemoDatabase({})
  t.teardown(() => database.close())
  t.equal(await (await connect(t, database.uri)).db('sahm').collection('users').countDocuments(), 2000)
})
