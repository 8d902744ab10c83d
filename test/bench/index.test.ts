import t from 'tap'
import { optionsFrom, readCommand } from '../../bench/harness/arguments.ts'
import { run } from '../process.ts'

const env = { MONGODB_URI: process.env.MONGODB_URI ?? '' }

t.test('the command line wins over the claim, and the claim over the defaults', async (t) => {
  const command = readCommand(['pool', '--rounds', '2', '--users', '50'])
  t.match(command, { name: 'pool', list: false, rounds: 2, users: 50, seconds: undefined })
  t.strictSame(optionsFrom(command, { users: 9, connections: 300 }), { rounds: 2, seconds: 4, connections: 300, users: 50 })
  t.strictSame(optionsFrom({}), { rounds: 5, seconds: 4, connections: 10, users: 2000 })
})

t.test('a number that is none is refused, and so is an unknown option', async (t) => {
  t.throws(() => readCommand(['pool', '--rounds', '0']), new Error('--rounds wants a whole number above 0'))
  t.throws(() => readCommand(['pool', '--seconds', 'long']), new Error('--seconds wants a whole number above 0'))
  t.throws(() => readCommand(['--optimization', 'one']), new Error('--optimization wants a whole number above 0'))
  t.throws(() => readCommand(['--speed', '2']), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' })
})

t.test('it lists its claims, and for an unknown one fails with the list', async (t) => {
  const listed = run(t, ['bench/index.ts', '--list'], env)
  t.equal(await listed.exited, 0)
  t.match(listed.output(), /^data-loaders$/m)
  const unknown = run(t, ['bench/index.ts', 'nonsense'], env)
  t.equal(await unknown.exited, 1)
  t.match(unknown.output(), /Usage: npm run bench/)
})

t.test('without the proxy that a claim needs it says so', async (t) => {
  const running = run(t, ['bench/index.ts', 'rolling-restart-instances'], { ...env, PATH: '' })
  t.equal(await running.exited, 1)
  t.match(running.output(), 'This claim needs haproxy on PATH')
})
