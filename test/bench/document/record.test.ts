import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { keep, readRecords, recordOf } from '../../../bench/document/record.ts'

const result = {
  claim: 'pool',
  question: 'Does it help?',
  conditions: { rounds: 2, seconds: 4, engine: 'embedded' },
  variants: ['off', 'on'] as const,
  turns: [[{ p50_ms: 1.23456789 }, { p50_ms: 2 }], [{ p50_ms: 1234.56789 }, { p50_ms: 3 }]] as const
}

t.test('a record says when it was measured, and by which command again', async (t) => {
  t.match(recordOf(result, new Date('2026-11-27T23:59:59Z')), { command: 'npm run bench -- pool --rounds 2 --seconds 4', date: '2026-11-27', conditions: result.conditions })
})

t.test('it is read as it was kept, to six digits', async (t) => {
  const folder = t.testdir()
  keep(join(folder, 'records/pool.json'), recordOf(result, new Date()))
  const records = readRecords(join(folder, 'records'))
  t.strictSame(records.get('pool')?.turns, [[{ p50_ms: 1.23457 }, { p50_ms: 2 }], [{ p50_ms: 1234.57 }, { p50_ms: 3 }]])
  t.match(await readFile(join(folder, 'records/pool.json'), 'utf8'), /\}\n$/)
})

t.test('a program with a record of its own kind is read by paths, and its options are the command', async (t) => {
  const folder = t.testdir({ 'notes.txt': '' })
  await writeFile(join(folder, 'loadtest.json'), JSON.stringify({ options: { connections: 10_000, url: null, username: 'demo' }, conditions: { cores: 2 }, load: { rate: 800, fates: [{ failed: 0 }] } }))
  await writeFile(join(folder, 'soak.json'), JSON.stringify({ date: '2026-11-27', growth_percent: 0.1 }))
  const records = readRecords(folder)
  t.strictSame([...records.keys()], ['loadtest', 'soak'])
  t.match(records.get('loadtest'), { command: 'npm run loadtest -- --connections 10000', conditions: { cores: 2 }, turns: [[{ 'load.rate': 800, 'load.fates.0.failed': 0 }]] })
  t.match(records.get('soak'), { command: 'npm run soak', date: '2026-11-27', turns: [[{ growth_percent: 0.1 }]] })
})

t.test('where there is no folder there are no records', async (t) => {
  t.equal(readRecords(join(t.testdir(), 'none')).size, 0)
})
