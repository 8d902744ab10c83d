import t from 'tap'
import { prepareCommands } from './helper.ts'

t.test('npm run seed fills an empty database, and another only with --drop', async (t) => {
  const { db, command } = await prepareCommands(t, 'seed')
  const users = () => db.collection('users').countDocuments()

  const seeded = await command(['--users', '30'])
  t.match(seeded, { code: 0, output: /755 documents in [\d.]+ s, mongodb:/ })
  t.equal(await users(), 30)
  t.match(await command(['--users', '20']), { code: 2, output: /The database has users; --drop/ })
  t.match(await command(['--users', '20', '--drop']), { code: 0 })
  t.equal(await users(), 20)
  const production = { NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(32) }
  t.match(await command(['--drop'], production), { code: 2, output: /refused in production/ })
  t.equal(await users(), 20)
})

t.test('a mistake is named', async (t) => {
  const { command } = await prepareCommands(t, 'seed')
  const mistakes = await Promise.all([
    command(['--users', 'many']),
    command(['--users', '0']),
    command([], { MONGODB_URI: '' }),
    command([], { MONGODB_URI: 'mongodb://127.0.0.1:1', MONGODB_SERVER_SELECTION_TIMEOUT_MS: '100' })
  ])

  t.strictSame(mistakes.map(({ code }) => code), [2, 2, 2, 1])
  for (const [i, words] of [/not 'many'/, /not '0'/, /MONGODB_URI is not set/, /ECONNREFUSED/].entries()) t.match(mistakes[i]?.output, words)
  t.notMatch(mistakes.map(({ output }) => output).join(''), /^ +at /m, 'no stack')
})
