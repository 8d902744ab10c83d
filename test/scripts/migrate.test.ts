import t from 'tap'
import { countMigrated, fillOld } from '../old-data.ts'
import { prepareCommands } from './helper.ts'

t.test('npm run migrate brings an old database up to date, in two steps', async (t) => {
  const { db, command } = await prepareCommands(t, 'migrate')
  await fillOld(db, 20)
  const changed = new Date('2026-06-01T00:00:00Z')
  await db.collection('users').updateOne({ user_id: 7 }, { $set: { password_changed_at: changed } })

  t.match(await command(['--status']), { code: 1, output: /^version +name +phase +state.*\n0001 +password-changed-at +expand +pending +0 +0\n0002 +sessions-by-family +contract +pending/ })
  t.match(await command(['--dry-run', '--contract']), { code: 0, output: /0001-password-changed-at: would be done: 60 documents, 20 changes at most\n0002-sessions-by-family: would be done: sessions without/ })
  t.equal(await countMigrated(db), 0)

  t.match(await command(['--batch-size', '7', '--share', '100']), { code: 0, output: /0001-password-changed-at: done, 60 documents, 19 changes\nNot done: 0002 \(contract\)\n$/ })
  t.equal(await countMigrated(db), 19)
  t.strictSame((await db.collection('users').findOne({ user_id: 7 }))?.password_changed_at, changed, 'a later change stands')
  t.equal(await db.collection('sessions').countDocuments(), 3)

  t.match(await command(['--contract']), { code: 0, output: /All migrations are done\n$/ })
  t.strictSame((await db.collection('sessions').find().toArray()).map((session) => session.family_hash as string), ['new'])
  t.strictSame((await db.collection('sessions').indexes()).map(({ name }) => name), ['_id_', 'family_hash_1'])
  t.match(await command(['--status']), { code: 0, output: /0001 .* done +60 +19 +\d{4}-.*\n0002 .* done/ })
})

t.test('a mistake is named', async (t) => {
  const { command } = await prepareCommands(t, 'migrate')
  const mistakes = await Promise.all([
    command(['--to', '12']),
    command(['--batch-size', '0']),
    command(['--share', 'half']),
    command([], { MONGODB_URI: '' })
  ])

  t.strictSame(mistakes.map(({ code }) => code), [2, 2, 2, 2])
  for (const [i, words] of [/four digits, not '12'/, /--batch-size must be .* not '0'/, /--share .* not 'half'/, /MONGODB_URI is not set/].entries()) t.match(mistakes[i]?.output, words)
})
