import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { createReader, type EndReason } from '../../../../plugins/app/ops/reader.ts'
import { createSlowQueries } from '../../../../plugins/app/ops/slow-queries.ts'
import { createWatch } from '../../../../plugins/app/ops/watch.ts'
import type { OpsSlowQuery } from '../../../../schemas/ops.ts'

/** Longer than any test: turns are the test's own, but for the first. */
const LONG_MS = 600_000
const HEARTBEAT = ':\n\n'
const SLOW: OpsSlowQuery = { collection: 'users', operation: 'find', shape: '{}', count: 1, total_ms: 600, max_ms: 600, plan: null, last_seen: '2026-11-27T12:00:00.000Z' }

function build ({ slowQueries = async () => [SLOW] }: { slowQueries?: () => Promise<OpsSlowQuery[]> } = {}) {
  const state = { now: 1000, answers: 0, readings: 0, metrics: async () => `http_request_duration_seconds_count{status="200"} ${state.answers}` }
  const watch = createWatch({
    readMetrics () {
      state.readings += 1
      return state.metrics()
    },
    slowQueries: createSlowQueries(slowQueries),
    now: () => state.now,
    intervalMs: LONG_MS
  })
  return {
    state,
    watch,
    async pass (this: void, seconds: number, answers: number) {
      state.now += seconds * 1000
      state.answers += answers
      await watch.tick()
    }
  }
}

function createListener ({ snapshots = Infinity, lifeMs = LONG_MS, isSlow = false } = {}) {
  const reader = createReader({ snapshots, lifeMs, random: () => 0.5 })
  const heard: string[] = []
  if (!isSlow) reader.stream.on('data', (chunk) => { heard.push(String(chunk)) })
  return { reader, heard }
}

/** Names of events, with the rate of snapshots. */
const told = (heard: string[]) => heard.join('').split('\n\n').filter((event) => event !== '').map((event) => {
  const [, name, data = 'null'] = /event: (\S+)\ndata: (.*)$/m.exec(event) ?? []
  const { requests, reason } = Object(JSON.parse(data)) as { requests?: { rate: number }, reason?: EndReason }
  return name === undefined ? event : [name, requests?.rate ?? reason].filter((part) => part !== undefined).join(' ')
})

t.test('one reading serves all readers, and there is none without readers', async (t) => {
  const { state, watch, pass } = build()
  const [first, second] = [createListener(), createListener()]
  watch.add(first.reader)
  await turn()
  watch.add(second.reader)
  await pass(2, 10)
  await pass(1, 3)

  t.equal(state.readings, 3)
  t.strictSame(told(first.heard), [':', 'snapshot 5', 'slow-queries', 'snapshot 3'])
  t.strictSame(told(second.heard), ['slow-queries', 'snapshot 5', 'slow-queries', 'snapshot 3'], 'who comes later gets what is known')

  for (const { reader } of [first, second]) reader.stream.destroy()
  await turn()
  t.equal(watch.readers, 0)
  const third = createListener()
  watch.add(third.reader)
  await turn()
  await pass(4, 8)
  t.strictSame(told(third.heard).slice(0, 2), ['slow-queries', 'snapshot 2'], 'it begins anew')
})

t.test('slow queries are asked for with every other snapshot, and told when they change; while the database is away those known stay', async (t) => {
  let asked = 0
  let count = 1
  const { watch, pass } = build({ slowQueries: async () => { if (++asked === 2) throw new Error('away'); return [{ ...SLOW, count }] } })
  const { reader, heard } = createListener()
  const tellings = () => told(heard).filter((name) => name === 'slow-queries').length
  watch.add(reader)
  await turn()
  for (let i = 0; i < 5; i++) await pass(1, 1)
  t.equal(asked, 3)
  t.equal(tellings(), 1)

  count = 2
  for (let i = 0; i < 3; i++) await pass(1, 1)
  t.equal(asked, 5)
  t.equal(tellings(), 2)
})

t.test('while the database is slow it is asked once', async (t) => {
  let asked = 0
  let answer = (_queries: OpsSlowQuery[]) => {}
  const { watch, pass } = build({ slowQueries: () => new Promise((resolve) => { asked++; answer = resolve }) })
  const { reader, heard } = createListener()
  watch.add(reader)
  await turn()
  for (let i = 0; i < 5; i++) await pass(1, 1)
  t.equal(asked, 1)

  answer([SLOW])
  await turn()
  await pass(1, 1)
  t.equal(asked, 2)
  t.strictSame(told(heard).filter((name) => name === 'slow-queries').length, 1)
})

t.test('readers get heartbeats while numbers are late, and where there are none', async (t) => {
  const { state, watch, pass } = build()
  const { reader, heard } = createListener()
  watch.add(reader)
  await turn()
  let tell = (_text: string) => {}
  state.metrics = () => new Promise((resolve) => { tell = resolve })
  const late = watch.tick()
  await watch.tick()
  t.strictSame(told(heard).slice(-1), [':'])
  tell('')
  await late
  state.metrics = async () => { throw new Error('nobody answers') }
  await pass(1, 1)

  t.strictSame(told(heard), [':', ':', 'snapshot 0', 'slow-queries', ':'])
})

t.test('who reads too slowly misses snapshots, and holds nobody up', async (t) => {
  const { watch, pass } = build()
  const [slow, quick] = [createListener({ isSlow: true }), createListener()]
  for (const { reader } of [slow, quick]) watch.add(reader)
  await turn()
  for (let i = 0; i < 5; i++) await pass(1, 1)

  t.equal(slow.reader.stream.readableLength, HEARTBEAT.length, 'one text waits for it')
  t.equal(told(quick.heard).filter((name) => name === 'snapshot 1').length, 5)
  slow.reader.stream.on('data', (chunk) => { slow.heard.push(String(chunk)) })
  await turn()
  await pass(1, 7)
  t.strictSame(told(slow.heard), [':', 'snapshot 7'])
})

t.test('a stream ends after the snapshots it was asked for, with its token, and when the server stops', async (t) => {
  const { watch, pass } = build()
  const few = createListener({ snapshots: 2 })
  const brief = createListener({ lifeMs: 1 })
  const lasting = createListener()
  const left = createListener()
  for (const { reader } of [few, brief, lasting, left]) watch.add(reader)
  const expired = once(brief.reader.stream, 'end')
  await turn()
  // the timer of a stream keeps no process alive
  const alive = setInterval(() => {}, LONG_MS)
  await expired
  clearInterval(alive)
  for (let i = 0; i < 3; i++) await pass(1, 1)
  left.reader.stream.destroy()
  watch.end('stopping')
  watch.end('stopping')
  left.reader.end('stopping')
  await turn()

  t.strictSame(told(few.heard).filter((name) => /snapshot|end/.test(name)), ['snapshot 1', 'snapshot 1', 'end enough'])
  t.equal(told(brief.heard).at(-1), 'end expired')
  t.strictSame(told(lasting.heard).slice(-2), ['snapshot 1', 'end stopping'])
  t.match(lasting.heard.at(-1), /^retry: 3000\n/, 'from one to five seconds, by chance')
  t.notMatch(told(left.heard).join(), /end/)
  t.equal(watch.readers, 0)
})
