import t from 'tap'
import { judge } from '../../../bench/soak/report.ts'
import { collect, judgedOf, toCsv, type Sample } from '../../../bench/soak/samples.ts'

const MEBIBYTE = 1_048_576
const SECONDS = 300

/** Samples of five minutes, one every ten seconds, of a heap of so many MiB at a time. */
function samplesOf (heapAt: (seconds: number) => number): Sample[] {
  return Array.from({ length: SECONDS / 10 }, (_, n) => {
    const seconds = (n + 1) * 10
    return { seconds, heapUsed: heapAt(seconds) * MEBIBYTE, external: 20 * MEBIBYTE, arrayBuffers: 0, rss: 200 * MEBIBYTE, handles: 60 }
  })
}

const tallied = (done: number, refused = 0, wrong: [string, number][] = []) => new Map([['reads', { done, refused, wrong: new Map(wrong) }]])

t.test('a heap that stays as it is after the warm-up is level, however much it grew before', async (t) => {
  const { text, code } = judge(samplesOf((seconds) => seconds < 100 ? seconds : 100), tallied(1000))
  t.equal(code, 0)
  t.match(text, '| heap, MiB | 100.00 | 100.00 | 0.00 % | 0.00 % |')
  t.match(text, /1000 deeds of 1 kinds, 0 of them refused by 503\nheap level: 0\.00 % in the last 3\.3 min, below 1\.00 % wanted$/)
})

t.test('a heap that grows by one percent or more is told, by exit code 1', async (t) => {
  const growing = (part: number) => judge(samplesOf((seconds) => 100 + 100 * part * (seconds - 200) / 200), tallied(1000))
  t.equal(growing(0.009).code, 0)
  t.equal(growing(0.011).code, 1)
  t.match(growing(0.011).text, /heap GROWS: 1\.1\d % /)
})

t.test('too few samples prove nothing', async (t) => {
  t.equal(judge([], tallied(1000)).code, 1)
  t.equal(judge(samplesOf(() => 100).slice(0, 1), tallied(1000)).code, 1)
})

t.test('traffic that was not what it should be proves nothing', async (t) => {
  const samples = samplesOf(() => 100)
  const codes = [tallied(0), tallied(100, 26), tallied(100, 0, [['500', 4], ['ECONNRESET', 2]])].map((tallies) => judge(samples, tallies).code)
  t.strictSame(codes, [1, 1, 1])

  const { text, code } = judge(samples, tallied(100, 25, [['500', 4], ['ECONNRESET', 1]]))
  t.equal(code, 0)
  t.match(text, 'reads: 5 of 100 not as expected (4 × 500, 1 × ECONNRESET)')
})

t.test('what is judged begins after a third of the time', async (t) => {
  t.strictSame(judgedOf([]), [])
  t.equal(judgedOf(samplesOf(() => 1))[0]?.seconds, 100)
})

t.test('samples are taken until the time is over, each told as it comes, and kept as CSV', async (t) => {
  const told: Sample[] = []
  let count = 0
  const samples = await collect(async () => ({ heapUsed: ++count, external: 2, arrayBuffers: 1, rss: 5, handles: 3 }), { seconds: 0.05, intervalMs: 10 }, (sample) => { told.push(sample) })

  t.strictSame(samples, told)
  t.equal(samples.length, count)
  t.ok((samples.at(-1)?.seconds ?? 0) >= 0.05)
  const [header, first = ''] = toCsv(samples).split('\r\n')
  t.equal(header, 'seconds,heapUsed,external,arrayBuffers,rss,handles')
  t.match(first, /^0\.\d,1,2,1,5,3$/)
})
