import t from 'tap'
import { prepareCommands } from './helper.ts'

t.test('npm run reconcile names each balance that is not the sum of its entries', async (t) => {
  const { db, command } = await prepareCommands(t, 'reconcile')
  const entry = { kind: 'deposit', status: 'completed', reference: 'opening', created_at: new Date() }
  await db.collection('users').insertMany([{ user_id: 1, username: 'right', balance: 5_000_000 }, { user_id: 2, username: 'wrong', balance: 7_000_001 }])
  await db.collection('transactions').insertMany([{ user_id: 1, amount: 5_000_000, ...entry }, { user_id: 2, amount: 7_000_000, ...entry }])
  t.match(await command([]), { code: 1, output: 'user 2  balance 7.000001  entries 7.000000\n1 differences\n' })

  await db.collection('transactions').insertOne({ user_id: 3, amount: 1, ...entry })
  t.match(await command([]), { code: 1, output: /^user 3 {2}balance of nobody {2}entries 0\.000001$/m })
  await db.collection('transactions').deleteOne({ user_id: 3 })
  await db.collection('users').updateOne({ user_id: 2 }, { $inc: { balance: -1 } })
  t.strictSame(await command([]), { code: 0, output: 'Every balance is the sum of its entries, and every withdrawal has its own\n' })

  const withdrawal = { user_id: 1, status: 'paid', amount: 4_000_000 }
  const { insertedId } = await db.collection('withdrawals').insertOne(withdrawal)
  t.match(await command([]), { code: 1, output: `withdrawal ${insertedId.toHexString()} of user 1  paid  amount 4.000000  entries none\n1 differences\n` })
})
