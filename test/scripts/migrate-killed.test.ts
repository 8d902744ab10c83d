import type { Db, ObjectId } from 'mongodb'
import t from 'tap'
import { until } from '../jobs.ts'
import { countMigrated, fillOld } from '../old-data.ts'
import { prepareCommands } from './helper.ts'

const recordOf = (db: Db) => db.collection<{ _id: string, walked: number, state: string, position: ObjectId | null }>('migrations').findOne({ _id: '0001' })

const BEGUN = /0001-password-changed-at: users/

t.test('one that is killed in the middle is gone on with from its position', async (t) => {
  const { db, command, start } = await prepareCommands(t, 'migrate')
  await fillOld(db, 100)
  // pauses of 99 times what a batch took: it dies long before its end
  const killed = start(['--batch-size', '1', '--share', '1'])
  await killed.printed(BEGUN)
  await until(async () => ((await recordOf(db))?.walked ?? 0) > 2)
  await killed.stop('SIGKILL')
  const { walked = 0, position } = await recordOf(db) ?? {}
  t.ok(walked > 2 && walked < 300, `${walked} of 300`)

  // what was done already is not done again
  const before = await db.collection('audit_log').findOne({ _id: { $lte: position as ObjectId }, action: 'password_change', outcome: 'ok' })
  await db.collection('users').updateOne({ user_id: before?.actor_id as number }, { $unset: { password_changed_at: 1 } })
  // as if its ten seconds were over
  await db.collection<{ _id: string }>('migrations').updateOne({ _id: 'lock' }, { $set: { held_until: new Date(0) } })
  t.match(await command(['--share', '100']), { code: 0, output: /0001-password-changed-at: done, 300 documents/ })
  t.equal(await countMigrated(db), 99)
  t.match(await recordOf(db), { state: 'done', walked: 300 })
})

t.test('of two processes at once one migrates, and a signal ends it after its batch', async (t) => {
  const { db, command, start } = await prepareCommands(t, 'migrate')
  await fillOld(db, 100)
  const first = start(['--batch-size', '1', '--share', '1'])
  await first.printed(BEGUN)
  await until(async () => ((await recordOf(db))?.walked ?? 0) > 0)
  const second = start(['--share', '100'])
  await second.printed(/Another process migrates/)
  t.equal(await first.stop('SIGINT'), 1)
  t.match(first.output(), /SIGINT: stopping after this batch\n0001-password-changed-at: stopped; the next run goes on from here\nNot done: /)

  t.equal(await second.exited, 0)
  t.match(second.output(), /0001-password-changed-at: done, 300 documents, 100 changes/)
  t.equal(await countMigrated(db), 100)
  await db.collection<{ _id: string }>('migrations').updateOne({ _id: '0001' }, { $set: { checksum: 'another' } })
  t.strictSame(await command([]), { code: 1, output: '0001-password-changed-at: its file was changed after it had been applied; put it back, and write a new migration\n' })
})
