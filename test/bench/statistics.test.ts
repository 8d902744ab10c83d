import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { scrape, sumOf } from '../../bench/harness/scrape.ts'
import { median, percentile, ratios, summarize } from '../../bench/harness/statistics.ts'
import { compare, toTable } from '../../bench/harness/table.ts'

t.test('the median is the middle, or the mean of the two in the middle', async (t) => {
  t.equal(median([9, 1, 5]), 5)
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.equal(median([7]), 7)
  t.ok(Number.isNaN(median([])))
})

t.test('a percentile lies between its neighbours, and leaves its numbers in their order', async (t) => {
  const numbers = [50, 10, 40, 20, 30]
  t.equal(percentile(numbers, 0), 10)
  t.equal(percentile(numbers, 1), 50)
  t.equal(percentile(numbers, 0.99), 49.6)
  t.strictSame(numbers, [50, 10, 40, 20, 30])
})

t.test('a summary has the median and the spread', async (t) => {
  t.strictSame(summarize([3, 1, 2]), { median: 2, min: 1, max: 3 })
})

t.test('ratios compare turns that followed each other; a turn without a number has none', async (t) => {
  t.strictSame(ratios([1, 10, 100], [2, 20, 300]), { median: 2, min: 2, max: 3 })
  t.strictSame(ratios([0, 2], [5, 1, 4]), { median: 0.5, min: 0.5, max: 0.5 })
})

t.test('variants are compared by each of their numbers, in a table', async (t) => {
  const lines = compare({ turns: [[{ p50_ms: 10, rss_mb: 200 }, { p50_ms: 12, rss_mb: 220 }], [{ p50_ms: 5, rss_mb: 200 }, { p50_ms: 6, rss_mb: 220 }]] })
  t.equal(toTable(['off', 'on'], lines), [
    '| median (min–max) | A: off | B: on | B / A |',
    '| --- | ---: | ---: | ---: |',
    '| p50_ms | 11.0 (10.0–12.0) | 5.50 (5.00–6.00) | 0.500 (0.500–0.500) |',
    '| rss_mb | 210 (200–220) | 210 (200–220) | 1.00 (1.00–1.00) |'
  ].join('\n'))
  t.strictSame(compare({ turns: [[], []] }), [])
})

t.test('a number that a turn lacks is shown as such', async (t) => {
  const [line] = compare({ turns: [[{ p50_ms: 1 }], [{}]] })
  t.ok(Number.isNaN(line?.b.median))

  const none = compare({ turns: [[{ commands: 0 }], [{ commands: 0 }]] })
  t.match(toTable(['off', 'on'], none), '| commands | 0.00 (0.00–0.00) | 0.00 (0.00–0.00) |  |', 'nothing against nothing is no ratio')
})

t.test('the series of a metric add up; other metrics with a longer name do not', async (t) => {
  const text = '# TYPE db_commands_total counter\ndb_commands_total{command="find"} 3\ndb_commands_total{command="ping"} 4\ndb_commands_total_other 9\n'
  t.equal(sumOf(text, 'db_commands_total'), 7)
  t.equal(sumOf('process_cpu_seconds_total 1.25\n', 'process_cpu_seconds_total'), 1.25)
})

t.test('the numbers of a server come from its metrics', async (t) => {
  const server = createServer((_request, response) => {
    response.end('process_cpu_seconds_total 2\nprocess_resident_memory_bytes 1024\ndb_commands_total{command="find"} 5\nhttp_request_duration_seconds_count{route="/"} 6\n')
  })
  t.teardown(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  t.strictSame(await scrape(`http://127.0.0.1:${port}`), { cpuSeconds: 2, rssBytes: 1024, commands: 5, requests: 6, kept: 0 })
})
