import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ablate } from '../../bench/ablation.ts'
import { OPTIMIZATIONS } from '../../bench/document/optimizations.ts'
import type { BenchOptions } from '../../bench/harness/claim.ts'
import { run } from '../process.ts'

const env = { MONGODB_URI: process.env.MONGODB_URI ?? '', MONGODB_MIN_POOL_SIZE: '0' }
const silence = (t: Test) => t.capture(console, 'error', () => {})

const foldersOf = (out: string) => ({ records: join(out, 'records'), docs: out })

/** What a claim would say, without measuring it. */
const resultOf = (claim: string) => ({ claim, question: '', conditions: { rounds: 1 }, variants: ['off', 'on'] as const, turns: [[{ requests_per_second: 100 }], [{ requests_per_second: 300 }]] as const })

t.test('each of the ten is measured by its options, and the page is made of it', async (t) => {
  silence(t)
  const out = t.testdir()
  const asked = new Map<string, Partial<BenchOptions>>()
  const failed = await ablate({ folders: foldersOf(out), options: { seconds: 9 }, measure: async (name, options) => { asked.set(name, options); return resultOf(name) } })
  t.strictSame(failed, [])
  t.strictSame([...asked.keys()], OPTIMIZATIONS.flatMap(({ steps }) => steps.map(({ claim }) => claim)))
  t.match(asked.get('data-loaders'), { rounds: 3, seconds: 9 }, 'the command line wins')
  t.match(await readFile(join(out, 'benchmarks.md'), 'utf8'), '50 signals with analyst and user: × 3')
})

t.test('one that cannot be measured is named, and does not stop the others', async (t) => {
  silence(t)
  const out = t.testdir()
  async function measure (name: string) {
    if (name === 'projections') throw new Error('no database')
    return resultOf(name)
  }
  const failed = await ablate({ folders: foldersOf(out), options: {}, optimization: 5, measure })
  t.strictSame(failed, ['projections'])
  t.match(await readFile(join(out, 'benchmarks.md'), 'utf8'), 'npm run bench -- single-aggregation-heavy --rounds 1')
})

t.test('one optimization is measured off and on, for real', async (t) => {
  const out = t.testdir()
  const running = run(t, ['bench/index.ts', '--optimization', '7', '--out', out, '--rounds', '1', '--seconds', '1', '--users', '20', '--connections', '2'], env)
  t.equal(await running.exited, 0, running.output())
  const page = await readFile(join(out, 'benchmarks.md'), 'utf8')
  t.match(page, /\| 7 performance monitor, slow-query log \| one user by number, CPU time a request, ms \| [\d.]+ \| [\d.]+ \| × [\d.]+ \|/)
  t.match(page, '`npm run bench -- monitoring --rounds 1 --seconds 1 --connections 2 --users 20`')
})
