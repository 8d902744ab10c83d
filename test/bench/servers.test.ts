import { readFile, rm } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { run } from '../process.ts'

const env = { MONGODB_URI: process.env.MONGODB_URI ?? '', MONGODB_MIN_POOL_SIZE: '0' }

/** Runs a bench to its end and reads what it kept. */
async function bench (t: Test, args: string[]) {
  const running = run(t, ['bench/index.ts', ...args], env)
  const code = await running.exited
  const [file] = /\/\S+\.json/.exec(running.output()) ?? []
  t.equal(code, 0, running.output())
  t.teardown(() => rm(String(file), { force: true }))
  return { output: running.output(), result: JSON.parse(await readFile(String(file), 'utf8')) }
}

t.test('two functions are called in turns, and what was measured is kept', async (t) => {
  const { output, result } = await bench(t, ['monitor-overhead', '--rounds', '2'])
  t.match(output, '| ns_per_call |')
  t.match(result, { claim: 'monitor-overhead', conditions: { rounds: 2 }, turns: [[{}, {}], [{}, {}]] })
})

t.test('two servers are driven in turns on the same data', async (t) => {
  const { output, result } = await bench(t, ['data-loaders', '--rounds', '1', '--seconds', '1', '--users', '20', '--connections', '2'])
  t.match(output, '| commands_per_request |')
  const [[without], [withLoaders]] = result.turns
  t.ok(without.commands_per_request > withLoaders.commands_per_request)
  t.equal(withLoaders.commands_per_request, 3)
})

t.test('two servers are started in turns and asked each request once', async (t) => {
  const { output, result } = await bench(t, ['cache-warming', '--rounds', '1', '--users', '100'])
  t.match(output, '| first_answer_ms |')
  const [[cold], [warm]] = result.turns
  t.ok(warm.commands < cold.commands)
})
