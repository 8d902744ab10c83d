import { Writable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import metrics from '../../../plugins/app/metrics/index.ts'
import performanceMonitor from '../../../plugins/app/performance-monitor/index.ts'
import requestContext from '../../../plugins/app/request-context.ts'
import config from '../../../plugins/external/config.ts'
import type { Environment } from '../../../schemas/config.ts'
import { testEnv } from '../../helper.ts'

interface Monitored {
  fastify: FastifyInstance
  lines: Array<Record<string, unknown>>
}

async function buildMonitored (t: Test, env: Environment = {}): Promise<Monitored> {
  const lines: Array<Record<string, unknown>> = []
  const stream = new Writable({
    write (chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      done()
    }
  })
  const fastify = Fastify({ logger: { level: 'warn', stream } })
  t.teardown(() => fastify.close())
  await fastify.register(config, { env: { ...testEnv, LOG_LEVEL: 'warn', ...env } })
  await fastify.register(metrics)
  await fastify.register(requestContext)
  await fastify.register(performanceMonitor)
  return { fastify, lines }
}

/** Keeps the event loop busy, as a slow call of one's own would. */
function work (milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

t.test('a monitored function keeps its name, its length, its this, its result and its errors', async (t) => {
  const { fastify } = await buildMonitored(t)
  const error = new Error('refused')
  const account = {
    balance: 5,
    add: fastify.monitored('add', function add (this: { balance: number }, amount: number) { return this.balance + amount }),
    fail: fastify.monitored('fail', () => { throw error }),
    addLater: fastify.monitored('add-later', async function (this: { balance: number }, amount: number) { return this.balance + amount }),
    failLater: fastify.monitored('fail-later', async () => { throw error })
  }

  t.equal(account.add(2), 7)
  t.equal(account.add.name, 'add')
  t.equal(account.add.length, 1)
  t.equal(await account.addLater(3), 8)
  t.equal(t.throws(() => account.fail()), error)
  await t.rejects(account.failLater(), error)
})

t.test('a thenable that starts its work on then is left alone', async (t) => {
  const { fastify } = await buildMonitored(t)
  let started = 0
  const query = { then () { started++ } }
  const find = fastify.monitored('find', () => query)
  t.equal(find(), query)
  t.equal(started, 0)
})

t.test('calls are counted with their duration, and failed ones once more', async (t) => {
  const { fastify } = await buildMonitored(t)
  const half = fastify.monitored('half', (n: number) => { if (n % 2 === 1) throw new RangeError('odd'); return n / 2 })
  const again = fastify.monitored('half', async () => 'the same name')
  for (const n of [1, 2, 3, 4]) t.ok(n % 2 === 1 ? t.throws(() => half(n)) : half(n))
  await again()

  const text = await fastify.metrics.metrics()
  t.match(text, 'monitored_call_duration_seconds_count{name="half"} 5')
  t.match(text, 'monitored_call_errors_total{name="half"} 2')
})

t.test('a slow call is logged with the heap change of the process and the request in whose course it ran', async (t) => {
  const { fastify, lines } = await buildMonitored(t, { SLOW_CALL_MS: 5 })
  const slow = fastify.monitored('slow', () => { work(8) })
  const quick = fastify.monitored('quick', () => 1)
  fastify.get('/:id', async (request) => {
    slow()
    quick()
    return request.id
  })

  const { body } = await fastify.inject('/7')
  slow()
  const [inRequest, outside] = lines
  t.match(inRequest, { level: 40, msg: 'slow call', name: 'slow', failed: false, reqId: body, request: 'GET /:id' })
  t.ok(Number(inRequest?.duration_ms) >= 8)
  t.type(inRequest?.process_heap_change_bytes, 'number')
  t.equal(outside?.reqId, undefined, 'outside of a request there is no id')
  t.equal(lines.length, 2, 'quick calls are not logged')
})

t.test('a slow call that rejects is logged as failed', async (t) => {
  const { fastify, lines } = await buildMonitored(t, { SLOW_CALL_MS: 1 })
  const slow = fastify.monitored('slow', async () => { work(3); throw new Error('gone') })
  await t.rejects(slow(), new Error('gone'))
  t.match(lines, [{ name: 'slow', failed: true }])
})

t.test('the decorator measures a method like the function does', async (t) => {
  const { fastify } = await buildMonitored(t)
  const { monitored } = fastify

  class Ledger {
    readonly #entries = [1, 2, 3]

    @monitored('ledger.sum')
    sum (factor: number): number {
      return this.#entries.reduce((total, entry) => total + entry * factor, 0)
    }

    @monitored('ledger.load')
    async load (): Promise<readonly number[]> {
      return this.#entries
    }

    @monitored('ledger.title')
    static title (): string {
      return 'Ledger'
    }
  }

  const ledger = new Ledger()
  const sum: number = ledger.sum(2)
  t.equal(sum, 12)
  t.strictSame(await ledger.load(), [1, 2, 3])
  t.equal(Ledger.title(), 'Ledger')
  const text = await fastify.metrics.metrics()
  for (const name of ['sum', 'load', 'title']) t.match(text, `monitored_call_duration_seconds_count{name="ledger.${name}"} 1`)
})

t.test('left out, it gives back the function itself and the method itself', async (t) => {
  const { fastify } = await buildMonitored(t, { OPTIMIZATIONS_OFF: 'performance-monitor' })
  const { monitored } = fastify
  const fn = () => 1
  t.equal(monitored('fn', fn), fn)

  class Ledger {
    @monitored('ledger.sum')
    sum (): number { return 1 }
  }
  t.equal(new Ledger().sum(), 1)
  t.notMatch(await fastify.metrics.metrics(), 'monitored_call')
})
