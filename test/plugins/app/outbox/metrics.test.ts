import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { startEmbeddedDatabase } from '../../../../embedded/index.ts'
import { startProxy } from '../../../../scripts/chaos/proxy.ts'
import { createWatch } from '../../../../scripts/chaos/watch.ts'
import { addJob, buildJobs, entriesOf, until } from '../../../jobs.ts'

async function findDatabase (t: Test): Promise<string> {
  if (process.env.MONGODB_URI) return process.env.MONGODB_URI
  const database = await startEmbeddedDatabase()
  t.teardown(() => database.close())
  await database.prepared
  return database.uri
}

/** Jobs that nobody does. */
const build = (t: Test, uri = '') => buildJobs(t, { env: { JOBS_CONCURRENCY: 0, ...(uri && { MONGODB_URI: uri }) } })

/** Numbers of a metric by their labels. */
function numbersOf (text: string, name: string): Map<string, number> {
  return new Map(text.split('\n').filter((line) => line.startsWith(`${name}{`)).map((line) => {
    const space = line.lastIndexOf(' ')
    return [line.slice(name.length, space), Number(line.slice(space))]
  }))
}

/** The metrics, as soon as the database has told its numbers. */
async function scrape (fastify: FastifyInstance): Promise<string> {
  let text = ''
  await until(async () => {
    text = await fastify.metrics.metrics()
    return numbersOf(text, 'outbox_entries').size === 8 && numbersOf(text, 'outbox_oldest_due_seconds').size === 2
  })
  return text
}

t.test('jobs are counted by kind and state, with the age of the oldest that is due', async (t) => {
  const fastify = await build(t)
  await fastify.ready()
  const change = (subject: string, values: object) => entriesOf(fastify).updateOne({ subject }, { $set: values })
  const [past, future] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)]
  for (const subject of ['fresh', 'late', 'paused', 'running', 'dead']) await addJob(fastify, subject)
  await change('late', { due_at: past })
  await change('paused', { due_at: future })
  await change('running', { due_at: new Date(0), held_until: future })
  await change('dead', { due_at: new Date(0), state: 'dead' })

  const text = await scrape(fastify)
  const entries = numbersOf(text, 'outbox_entries')
  const of = (kind: string, states: string[]) => states.map((state) => entries.get(`{kind="${kind}",state="${state}"}`))
  t.strictSame(of('withdrawal', ['waiting', 'due', 'running', 'dead']), [1, 2, 1, 1])
  t.strictSame(of('payment-event', ['waiting', 'due', 'running', 'dead']), [0, 0, 0, 0])
  const ages = numbersOf(text, 'outbox_oldest_due_seconds')
  const age = ages.get('{kind="withdrawal"}') ?? 0
  t.ok(age >= 3600 && age < 4200, `${age} s`)
  t.equal(ages.get('{kind="payment-event"}'), 0)
})

t.test('however many scrapes come, the database is asked once', async (t) => {
  const fastify = await build(t)
  await fastify.ready()
  let asked = 0
  fastify.mongo.client.on('commandStarted', ({ commandName }) => { if (commandName === 'aggregate') asked++ })
  await Promise.all(Array.from({ length: 20 }, () => fastify.metrics.metrics()))
  t.equal(asked, 1)
})

t.test('while the database is away the numbers are missing, counted as such, and the others there', async (t) => {
  const proxy = await startProxy(await findDatabase(t), createWatch())
  t.teardown(() => { proxy.close() })
  const fastify = await build(t, proxy.uri)
  await fastify.ready()
  const failuresOf = (text: string) => numbersOf(text, 'metrics_samples_total').get('{source="outbox",outcome="failed"}') ?? NaN
  const before = failuresOf(await scrape(fastify))

  proxy.cut()
  let text = ''
  await until(async () => {
    text = await fastify.metrics.metrics()
    return failuresOf(text) > before + 1
  })
  t.notMatch(text, /^outbox_(entries|oldest_due_seconds)\{/m)
  t.match(text, 'process_cpu_seconds_total')

  proxy.mend()
  t.ok(await scrape(fastify))
})
