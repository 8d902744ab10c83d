import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { NoteClaim } from '../../../bench/document/note.ts'
import { formatChange, formatNumber, formatOffOn, formatShown, formatSummary } from '../../../bench/document/numbers.ts'
import { OPTIMIZATIONS, type Optimization } from '../../../bench/document/optimizations.ts'
import { toPage } from '../../../bench/document/page.ts'
import { readRecords, RECORDS as KEPT } from '../../../bench/document/record.ts'
import { DOCS, writeDocument } from '../../../bench/document/write.ts'
import { RECORDS } from './records.ts'

const claims: NoteClaim[] = [
  { claimed: 'query time −40 %', range: [-40, -60], evidence: [{ record: 'indexes', metric: 'p50_ms', what: 'a list, p50', unit: 'ms', as: 'change', wanted: { atMost: -40 } }] },
  {
    claimed: 'zero downtime',
    evidence: [
      { record: 'restarts', metric: 'failed', what: 'requests that failed', as: 'value', wanted: { atMost: 0 }, reason: 'A connection broke.' },
      { record: 'restarts', metric: 'failed', what: 'the same in a day', unit: '/day', as: 'value', wanted: { atMost: 10 } }
    ]
  },
  { claimed: 'no leak', evidence: [{ record: 'soak', command: 'npm run soak', metric: 'growth', what: 'growth', as: 'value', wanted: { atMost: 1 } }] },
  { claimed: 'throughput × 2', evidence: [{ record: 'indexes', metric: 'p50_ms', what: 'a list', as: 'times', wanted: { atLeast: 2 } }, { record: 'pool', metric: 'p50_ms', what: 'a pool', as: 'times', wanted: { atLeast: 2 } }] }
]
const optimizations: Optimization[] = [
  { number: 1, name: 'indexes', steps: [], shown: [{ record: 'indexes', metric: 'p50_ms', what: 'a list, p50', unit: 'ms', better: 'less' }, { record: 'restarts', metric: 'failed', what: 'failed' }] },
  { number: 2, name: 'pool', steps: [], shown: [{ record: 'pool', metric: 'p50_ms', what: 'a pool', better: 'less' }] }
]
const page = toPage({ records: RECORDS, claims, optimizations })
const rowsOf = (start: string) => page.split('\n').filter((line) => line.startsWith(start))

t.test('each claim has a row: what was measured, with spread, command and verdict', async (t) => {
  t.strictSame(rowsOf('| query time'), ['| query time −40 % | ✓ a list, p50: −50 % (−60 to −40) (100 → 60 ms) | `npm run bench -- indexes --rounds 3` | **holds** |'])
  t.strictSame(rowsOf('| zero downtime'), ['| zero downtime | ✗ requests that failed: 2<br>✓ the same in a day: 2/day | `npm run bench -- restarts --rounds 1` | **partly** |'])
  t.strictSame(rowsOf('| no leak'), ['| no leak | – growth: not measured | `npm run soak` | **not measured** |'])
  t.strictSame(rowsOf('| throughput'), ['| throughput × 2 | ✗ a list: × 0.5 (0.4 to 0.6) (100 → 60)<br>– a pool: not measured | `npm run bench -- indexes --rounds 3`<br>`npm run bench -- pool` | **does not hold** |'])
})

t.test('what does not hold is told with its reason, or that nobody knows it', async (t) => {
  t.strictSame(rowsOf('- '), [
    '- **zero downtime**, requests that failed: 2. A connection broke.',
    '- **throughput × 2**, a list: × 0.5 (0.4 to 0.6). Nobody has found out why yet.'
  ])
  t.match(toPage({ records: new Map(), claims, optimizations }), 'Everything that was measured holds.')
})

t.test('each optimization is shown off and on', async (t) => {
  t.strictSame(rowsOf('| 1 indexes'), ['| 1 indexes | a list, p50, ms | 100 (100 to 200) | 60 (50 to 80) | × 0.5 (0.4 to 0.6) |'])
  t.strictSame(rowsOf('|  | failed'), ['|  | failed |  | 2 |  |'])
  t.strictSame(rowsOf('| 2 pool'), ['| 2 pool | a pool | not measured |  |  |'])
})

t.test('the conditions of each record are told once', async (t) => {
  t.strictSame(rowsOf('| `npm run bench -- indexes'), ['| `npm run bench -- indexes --rounds 3` | 2026-11-27 | engine embedded, load average 1.3 |'])
})

t.test('numbers are short, signed and apart', async (t) => {
  t.strictSame([0, -0.5, 1234567, 99.96, -0].map(formatNumber), ['0', '−0.5', '1,234,567', '100', '0'])
  t.strictSame([12, -12, 0].map(formatChange), ['+12', '−12', '0'])
  t.equal(formatSummary({ median: 1, min: 1, max: 1 }), '1')
  t.equal(formatShown('change', { median: 5, min: -1, max: 7 }, 'ms'), '+5 % (−1 to +7)')
  t.equal(formatOffOn({ off: undefined, on: { median: 5, min: 5, max: 5 }, unit: '%' }), '5 %')
})

t.test('what is measured off and on is what is shown, and there are ten', async (t) => {
  t.strictSame(OPTIMIZATIONS.map(({ number }) => number), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  for (const { name, steps, shown } of OPTIMIZATIONS) {
    const measured = steps.map(({ claim }) => claim)
    t.strictSame(shown.filter(({ record }) => !measured.includes(record)), [], name)
    t.ok(measured.every((claim) => existsSync(join(DOCS, '../bench/claims', `${claim}.ts`))), name)
  }
})

t.test('the page and its pictures are those of the records that are kept', async (t) => {
  const folder = t.testdir()
  writeDocument(folder, readRecords(KEPT))
  for (const file of ['benchmarks.md', 'images/benchmarks-claims.svg', 'images/benchmarks-optimizations.svg']) {
    t.equal(await readFile(join(folder, file), 'utf8'), await readFile(join(DOCS, file), 'utf8'), `${file}: npm run docs:benchmarks`)
  }
})
