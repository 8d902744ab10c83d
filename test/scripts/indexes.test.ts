import t from 'tap'
import { prepareCommands } from './helper.ts'

t.test('npm run indexes shows what differs and mends it on command', async (t) => {
  const { db, command } = await prepareCommands(t, 'indexes')
  await db.collection('users').createIndex({ username: 1 })
  await db.collection('users').createIndex({ balance: 1 })

  const before = await command(['--check'])
  t.equal(before.code, 1)
  t.match(before.output, /missing {4}sessions\.family_hash_1\n {2}declared {2}\{"key":\{"family_hash":1\},"unique":true\}\n {2}actual {4}nothing/)
  t.match(before.output, /different {2}users\.username_1\n {2}declared {2}\{"key":\{"username":1\},"unique":true\}\n {2}actual {4}\{"key":\{"username":1\}\}/)
  t.match(before.output, /extra {6}users\.balance_1/)
  t.equal((await db.collection('users').indexes()).length, 3, 'a check creates nothing')

  const applied = await command(['--apply'])
  t.equal(applied.code, 0)
  t.match(applied.output, /^extra {6}users\.balance_1/)
  await db.collection('users').dropIndex('balance_1')
  t.match(await command(['--check']), { code: 0, output: /All indexes are as declared/ })
})

t.test('a mistake is named', async (t) => {
  const { command } = await prepareCommands(t, 'indexes')
  const mistakes = await Promise.all([command([]), command(['--check', '--apply']), command(['--force'])])

  t.strictSame(mistakes, ['Say either --check or --apply\n', 'Say either --check or --apply\n', "Unknown option '--force'\n"].map((output) => ({ code: 2, output })))
})
