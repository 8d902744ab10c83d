import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../../process.ts'

const SCRIPT = 'bench/soak/index.ts'
const env = { MONGODB_URI: process.env.MONGODB_URI ?? '', MONGODB_MIN_POOL_SIZE: '0' }

t.test('the soak of the whole server catches the planted leak', async (t) => {
  const json = join(t.testdir(), 'soak.json')
  const command = run(t, [SCRIPT, '--minutes', '0.1', '--rate', '30', '--plant-leak', '--json', json], env)

  t.equal(await command.exited, 1, command.output())
  t.match(command.output(), /heap GROWS: \d+\.\d\d % in the last 0\.\d min, below 1\.00 % wanted/)
  const kept = JSON.parse(await readFile(json, 'utf8')) as { heap_growth_percent: number }
  t.match(kept, { options: { minutes: 0.1, rate: 30 }, date: /^\d{4}-\d\d-\d\d$/, conditions: { node: process.version }, requests: Number })
  t.ok(kept.heap_growth_percent > 1)
})

t.test('a mistake is named', async (t) => {
  const commands = [['--minutes', 'many'], ['--rate', '0'], ['--leak']].map((args) => run(t, [SCRIPT, ...args], {}))

  t.strictSame(await Promise.all(commands.map((command) => command.exited)), [2, 2, 2])
  t.match(commands.map((command) => command.output()).join(''), /--minutes takes a number above 0\nUsage: [^]*--rate takes a number above 0/)
})
