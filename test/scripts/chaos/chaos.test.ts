import t from 'tap'
import { run } from '../../process.ts'
import { needsRedis } from '../../redis.ts'

const SCRIPT = 'scripts/chaos/index.ts'

t.test('processes are killed and cut off at every sort of moment, and nothing is wrong then', needsRedis, async (t) => {
  const command = run(t, [SCRIPT, '--runs', '6', '--seconds', '30', '--seed', '7', '--lanes', '1', '--path', 'withdrawals'], {})

  t.equal(await command.exited, 0, command.output())
  t.match(command.output(), /\d times killed or cut off in \d+ s, \d+ operations: each done exactly once.*\(seed 7\)/)
})

t.test('a mistake is named', async (t) => {
  const mistakes = [['--runs', 'many'], ['--path', 'none'], ['--strike', 'none'], ['--kill-database'], ['--kill-database', '--lanes', '2']]
  const commands = mistakes.map((args) => run(t, [SCRIPT, ...args], {}))

  t.strictSame(await Promise.all(commands.map((command) => command.exited)), [2, 2, 2, 2, 2])
  t.match(commands.map((command) => command.output()).join(''), /--runs takes a whole number[^]*--path takes one of adjustments[^]*--strike takes one of kill,[^]*--kill-database needs MONGODB_URI[^]*--kill-database takes one lane/)
})
