import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import { priorityOf } from '../../../../plugins/app/jobs/queue.ts'
import type { JobDefinition } from '../../../../plugins/app/jobs/index.ts'
import { addJob, buildJobs, definitionOf, entriesOf, until } from '../../../jobs.ts'
import { needsRedis, startRedis } from '../../../redis.ts'

const nothing = async (): Promise<void> => {}
const done = /outcome="done"\} (\d+)/
const doneBy = async (fastify: FastifyInstance) => Number(done.exec(await fastify.metrics.metrics())?.[1] ?? 0)

interface Building {
  url: string
  definition?: JobDefinition
  concurrency?: number
}

const build = (t: Test, { url, definition = definitionOf(async ({ finish }) => { await finish(nothing) }), concurrency = 10 }: Building) =>
  buildJobs(t, { env: { QUEUE_REDIS_URL: url, JOBS_CONCURRENCY: concurrency }, definitions: { withdrawal: definition } })

/** The queue of a server, seen from outside. */
function queueOf (t: Test, fastify: FastifyInstance, url: string) {
  const connection = new Redis(url, { maxRetriesPerRequest: null })
  const queue = new Queue('outbox', { connection, prefix: `jobs:${fastify.mongo.db?.databaseName}` })
  t.teardown(async () => {
    await queue.close()
    connection.disconnect()
  })
  return queue
}

/** A server that gives jobs to the queue and does none, so that one sees them there. */
async function buildGiver (t: Test, url: string) {
  const fastify = await build(t, { url, concurrency: 0 })
  await fastify.ready()
  return { fastify, queue: queueOf(t, fastify, url) }
}

t.test('jobs go through the queue, by priority, and leave nothing in it', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const order: string[] = []
  const fastify = await build(t, { url, concurrency: 1, definition: definitionOf(async ({ subject, finish }) => { order.push(subject); await finish(nothing) }) })
  for (const [subject, score] of [['low', 1], ['high', 6], ['middle', 3]] as const) await addJob(fastify, subject, { score })
  await fastify.ready()
  await until(() => order.length === 3)
  const queue = queueOf(t, fastify, url)

  await until(async () => Object.values(await queue.getJobCounts()).every((count) => count === 0))
  t.strictSame(order, ['high', 'middle', 'low'])
  t.equal(await entriesOf(fastify).countDocuments({}), 0)
})

t.test('a score is the priority that BullMQ understands, and rises with age', async (t) => {
  const at = (score: number, minutes: number) => priorityOf({ score, created_at: new Date(0) }, minutes * 60_000)
  t.strictSame([at(6, 0), at(1, 0), at(1, 2), at(1, 60), at(1, -5)], [1, 6, 4, 1, 6])
})

t.test('what fails is tried again by the queue after the same pauses, and given up in the end', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const attempts: number[] = []
  const fastify = await build(t, { url, definition: definitionOf(async ({ attempt }) => { attempts.push(attempt); throw new Error('fails') }, { attempts: 3 }) })
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(async () => await entriesOf(fastify).countDocuments({ state: 'dead' }) === 1)

  t.strictSame(attempts, [1, 2, 3])
  const queue = queueOf(t, fastify, url)
  await until(async () => Object.values(await queue.getJobCounts()).every((count) => count === 0))
})

t.test('an attempt whose end the database did not take is made again', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  let isFailing = true
  const fastify = await build(t, { url, definition: definitionOf(async ({ finish }) => { if (isFailing) throw new Error('fails'); await finish(nothing) }) })
  fastify.outbox.held.fail = async ({ _id: id }) => {
    isFailing = false
    await entriesOf(fastify).updateOne({ _id: id }, { $set: { held_until: new Date(0) } })
    throw new Error('away')
  }
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(async () => await doneBy(fastify) === 1)
  t.equal(await entriesOf(fastify).countDocuments({}), 0)
})

t.test('a server that does none gives them to the queue, in order and not all at once', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const { fastify, queue } = await buildGiver(t, url)
  for (let i = 0; i < 25; i++) await addJob(fastify, `${i}`, { owner: i })
  fastify.outbox.nudge()
  await until(async () => await queue.getPrioritizedCount() === 20)

  t.equal(await entriesOf(fastify).countDocuments({ queued_until: new Date(0) }), 5)
  t.equal(await entriesOf(fastify).countDocuments({ attempts: 0 }), 25)
})

t.test('the metrics show what the queue has, and nothing of it while its Redis is away', needsRedis, async (t) => {
  const redis = await startRedis(t)
  const { fastify, queue } = await buildGiver(t, redis.url)
  await addJob(fastify, 'a')
  await until(async () => await queue.getPrioritizedCount() === 1)
  await until(async () => (await fastify.metrics.metrics()).includes('job_queue_jobs{state="prioritized"} 1'))

  await redis.kill()
  await until(async () => !(await fastify.metrics.metrics()).includes('job_queue_jobs{'))
  t.match(await fastify.metrics.metrics(), /^metrics_samples_total\{source="queue",outcome="failed"\} [1-9]/m)
})

t.test('what waits in the queue for long rises there', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const { fastify, queue } = await buildGiver(t, url)
  await addJob(fastify, 'a')
  await until(async () => (await queue.getPrioritized())[0]?.priority === 6)
  await entriesOf(fastify).updateOne({}, { $set: { created_at: new Date(Date.now() - 125_000), queued_until: new Date(1) } })
  await until(async () => (await queue.getPrioritized())[0]?.priority === 4)
  // as it is: nothing to do
  await entriesOf(fastify).updateOne({}, { $set: { queued_until: new Date(1) } })
  await until(async () => (await entriesOf(fastify).findOne({}))?.queued_until.getTime() !== 1)
  t.equal((await queue.getPrioritized())[0]?.priority, 4)
})

t.test('what Redis has lost is given again', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const { fastify, queue } = await buildGiver(t, url)
  await addJob(fastify, 'a')
  await until(async () => await queue.getPrioritizedCount() === 1)
  await queue.obliterate({ force: true })
  await entriesOf(fastify).updateOne({}, { $set: { queued_until: new Date(1) } })
  await until(async () => await queue.getPrioritizedCount() === 1)
  t.pass('it is back')
})

t.test('a job that somebody has, or a newer version knows, waits; one that is done is nothing', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const fastify = await build(t, { url })
  await addJob(fastify, 'held')
  const held = await entriesOf(fastify).findOneAndUpdate({}, { $set: { holder: 'another', held_until: new Date(Date.now() + 3000) } })
  await fastify.ready()
  const queue = queueOf(t, fastify, url)
  await queue.add('withdrawal', {}, { jobId: held!._id.toHexString() })
  await queue.add('of-tomorrow', {}, { jobId: 'f'.repeat(24) })
  await queue.add('withdrawal', {}, { jobId: 'e'.repeat(24), removeOnComplete: true })
  await until(async () => await queue.getDelayedCount() === 2)
  t.strictSame(await entriesOf(fastify).findOne({}), { ...held, holder: 'another', held_until: (await entriesOf(fastify).findOne({}))!.held_until })

  await until(async () => await doneBy(fastify) === 1)
  t.equal(await entriesOf(fastify).countDocuments({}), 0)
})

t.test('while its Redis is away jobs are done from the outbox; then by the queue again', needsRedis, async (t) => {
  const redis = await startRedis(t)
  const fastify = await build(t, { url: redis.url })
  const lines: string[] = []
  fastify.log.warn = (...args: unknown[]) => { lines.push(String(args.at(-1))) }
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(async () => await doneBy(fastify) === 1)
  await redis.kill()
  await addJob(fastify, 'b')
  await until(async () => await doneBy(fastify) === 2)
  await until(() => lines.includes('the Redis of the queue is away: jobs are done from the outbox'))
  await redis.start()
  await addJob(fastify, 'c')
  await until(async () => await doneBy(fastify) === 3)
  t.equal(await entriesOf(fastify).countDocuments({}), 0)
})

t.test('while its Redis has no room for jobs they are done from the outbox', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const fastify = await build(t, { url })
  const redis = new Redis(url)
  t.teardown(() => { redis.disconnect() })
  await fastify.ready()
  await redis.config('SET', 'maxmemory', 1)
  await addJob(fastify, 'one')
  await until(async () => await doneBy(fastify) === 1)
  t.equal(await entriesOf(fastify).countDocuments({}), 0)

  await redis.config('SET', 'maxmemory', 0)
  await addJob(fastify, 'two')
  await until(async () => await doneBy(fastify) === 2)
})

t.test('it starts, works and stops without the Redis that it was told of', needsRedis, async (t) => {
  const redis = await startRedis(t)
  await redis.kill()
  const fastify = await build(t, { url: redis.url })
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(async () => await doneBy(fastify) === 1)
  await fastify.close()
  t.pass('closed')
})

t.test('a Redis that may evict jobs is warned of, one that may not is none', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const client = new Redis(url)
  t.teardown(() => { client.disconnect() })
  const warnings = async (policy: string) => {
    await client.config('SET', 'maxmemory-policy', policy)
    const lines: string[] = []
    const fastify = await buildJobs(t, { env: { REDIS_URL: url } })
    fastify.log.warn = (...args: unknown[]) => { lines.push(String(args.at(-1))) }
    fastify.jobs.define('withdrawal', definitionOf(async ({ finish }) => { await finish(nothing) }))
    await fastify.ready()
    await addJob(fastify, 'a')
    await until(async () => await doneBy(fastify) === 1)
    await fastify.close()
    return lines.filter((line) => line.includes('evict'))
  }
  t.strictSame(await warnings('noeviction'), [])
  t.match(await warnings('allkeys-lru'), [/maxmemory-policy to noeviction/])
})
