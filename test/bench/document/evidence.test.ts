import t from 'tap'
import { find, judge, type Evidence } from '../../../bench/document/evidence.ts'
import { RECORDS } from './records.ts'

const change: Evidence = { record: 'indexes', metric: 'p50_ms', what: 'a list, p50', unit: 'ms', as: 'change', wanted: { atMost: -40 } }
const failed: Evidence = { record: 'restarts', metric: 'failed', what: 'requests that failed', as: 'value', wanted: { atMost: 0 } }

t.test('a change is that of turns which followed each other, in percent', async (t) => {
  const found = find(RECORDS, change)
  t.match(found, { off: { median: 100, min: 100, max: 200 }, on: { median: 60, min: 50, max: 80 }, holds: true })
  t.strictSame(Object.values(found?.shown ?? {}).map(Math.round), [-50, -60, -40])
})

t.test('a factor and a number are judged by their median', async (t) => {
  t.match(find(RECORDS, { ...change, as: 'times', wanted: { atLeast: 2 } }), { shown: { median: 0.5 }, holds: false })
  t.match(find(RECORDS, { ...change, as: 'value', wanted: { atMost: 60 } }), { shown: { median: 60 }, holds: true })
})

t.test('what was measured alone is compared with nothing', async (t) => {
  t.match(find(RECORDS, failed), { off: undefined, shown: { median: 2 }, holds: false })
  t.equal(find(RECORDS, { ...failed, as: 'change' }), undefined)
})

t.test('what has no record, or no such number, was not measured', async (t) => {
  t.equal(find(RECORDS, { ...change, record: 'nothing' }), undefined)
  t.equal(find(RECORDS, { ...change, metric: 'p99_ms' }), undefined)
  t.equal(find(RECORDS, { ...failed, metric: 'answered' }), undefined)
})

t.test('a claim holds, partly or not, by all that was measured of it', async (t) => {
  const [good, bad] = [find(RECORDS, change), find(RECORDS, failed)]
  t.equal(judge([good, good]), 'holds')
  t.equal(judge([good, bad]), 'partly')
  t.equal(judge([bad, undefined]), 'does not hold')
  t.equal(judge([good, undefined]), 'holds as far as measured')
  t.equal(judge([undefined]), 'not measured')
})
