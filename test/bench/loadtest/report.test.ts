import t from 'tap'
import { openAccounts } from '../../../bench/loadtest/accounts.ts'
import { readOptions } from '../../../bench/loadtest/arguments.ts'
import type { Phase } from '../../../bench/loadtest/driver.ts'
import type { LoadtestResult } from '../../../bench/loadtest/loadtest.ts'
import { toText } from '../../../bench/loadtest/report.ts'
import { makeScenario } from '../../../bench/loadtest/scenario.ts'
import { judge } from '../../../bench/loadtest/verdict.ts'

const options = readOptions(['--connections', '2'])
const MIB = 2 ** 20

/** A phase in which each of two questions took a time, or failed. */
function phaseOf (ms: number, failure?: string): Phase {
  const kinds = makeScenario(['a'], false)
  const accounts = openAccounts(kinds)
  const answer = { status: 200, cacheStatus: undefined, etag: undefined, body: '' }
  for (const kind of kinds.slice(0, 2)) accounts.send(kind, 0, 0)(failure === undefined ? answer : { failure }, ms)
  return { ...accounts.close(), seconds: 1, rate: 2, connections: { open: 2, opened: 2, notOpened: 0, closedByServer: 0, closedByClient: 0, broken: 0 }, usersAnswered: 2, generator: { delayP99Ms: 1, delayMaxMs: 2, cpu: 0.2 } }
}

function resultOf (load: Phase, changes: Partial<Phase> = {}): LoadtestResult {
  const numbers = { rssBytes: 100 * MIB, heapUsedBytes: 50 * MIB, cpuSeconds: 1, commands: 1, refused: NaN, busy: 0.5 }
  return { engines: { database: 'embedded' }, arrival: phaseOf(5), load: { ...load, ...changes }, server: { before: numbers, connected: { ...numbers, rssBytes: 101 * MIB }, end: numbers } }
}

t.test('a run is good without an error and with every user answered; that it was fast is told beside it', async (t) => {
  t.match(judge(resultOf(phaseOf(10)), options), { isGood: true, errors: 0, usersNeverAnswered: 0, cachedP99Ms: 10, isFast: true })
  t.match(judge(resultOf(phaseOf(26)), options), { isGood: true, isFast: false })
  t.match(judge(resultOf(phaseOf(10, 'status 503')), options), { isGood: false, isFast: false, errors: 2 })
  t.match(judge(resultOf(phaseOf(10), { usersAnswered: 1 }), options), { isGood: false, usersNeverAnswered: 1 })
  for (const fate of ['broken', 'notOpened']) {
    const { connections } = phaseOf(10)
    t.match(judge(resultOf(phaseOf(10), { connections: { ...connections, [fate]: 1 } }), options), { isGood: false }, fate)
  }
})

t.test('it says how coordinated omission is avoided, what was measured, and whether that is good', async (t) => {
  const text = toText(resultOf(phaseOf(10)), options)

  t.match(text, /No coordinated omission: questions are due by the clock/)
  t.match(text, /^\| \*\*all cached\*\* \| 2 \| 0 \| 0 % \| 0 \| 10\.0 \| 10\.0 \| 10\.0 \| 10\.0 \| 10\.0 \|$/m)
  t.match(text, /^\| at the end \| 2 \| 2 \| 2 \| 0 \| 0 \| 0 \| 0 \| 0 \|$/m)
  t.match(text, /^\| a connection, KiB \| 512\.0 \| 0\.0 \|/m)
  t.match(text, /^\| all connected \| 101\.0 \| 50\.0 \| 50 % \| – \|$/m, 'what nobody knows is no number')
  t.match(text, /its own event loop was late by 1\.0 ms \(p99; at most 2\.0\), at 20 % of a core/)
  t.match(text, /^GOOD: 0 errors in 4 requests, 0 of 2 users never answered; p99 of cached reads 10\.0 ms at 2 answers\/s: within the goal of 25 ms at 800\.$/m)
  t.notMatch(text, 'Errors:')
})

t.test('errors are told by kind, and refusals by the limits with what to do', async (t) => {
  const text = toText({ ...resultOf(phaseOf(10, 'status 429')), arrival: phaseOf(10, 'connection reset') }, options)

  t.match(text, 'Errors: connection reset: 2, status 429: 2.')
  t.match(text, 'TRUSTED_PROXIES=127.0.0.1')
  t.match(text, /^FAILED: 4 errors in 4 requests/m)
})

t.test('a run that was too slow is told, and not failed', async (t) => {
  t.match(toText(resultOf(phaseOf(30)), options), /^GOOD: .* 30\.0 ms .*: above the goal of 25 ms at 800\.$/m)
})
