import { mock } from 'node:test'
import { MongoNetworkError } from 'mongodb'
import t from 'tap'
import type { JobRun } from '../../../../plugins/app/jobs/index.ts'
import { SilenceError } from '../../../../plugins/app/jobs/definitions.ts'
import { keepHolding } from '../../../../plugins/app/jobs/run.ts'
import { addJob, buildJobs, definitionOf, entriesOf, until } from '../../../jobs.ts'

const nothing = async (): Promise<void> => {}

t.test('a job is done once, and is there no more', async (t) => {
  const runs: string[] = []
  const fastify = await buildJobs(t, {
    definitions: {
      withdrawal: definitionOf(async ({ subject, attempt, finish }) => {
        await finish(nothing)
        runs.push(`${subject} ${attempt}`)
      })
    }
  })
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(() => runs.length === 1)

  t.strictSame(runs, ['a 1'])
  t.equal(await entriesOf(fastify).countDocuments({}), 0)
  t.match(await fastify.metrics.metrics(), /job_attempts_total\{kind="withdrawal",outcome="done"\} 1/)
})

t.test('the higher score runs first, age raises it, and a thousand of one user wait for each other', async (t) => {
  const order: string[] = []
  const fastify = await buildJobs(t, {
    env: { JOBS_CONCURRENCY: 1, JOBS_POLL_MS: 60_000 },
    definitions: { withdrawal: definitionOf(async ({ subject, finish }) => { order.push(subject); await finish(nothing) }) }
  })
  for (let i = 0; i < 5; i++) await addJob(fastify, `many ${i}`, { owner: 1, score: 2 })
  await addJob(fastify, 'low', { owner: 2 })
  await addJob(fastify, 'high', { owner: 3, score: 6 })
  await addJob(fastify, 'old')
  await entriesOf(fastify).updateOne({ subject: 'old' }, [{ $set: { rank: { $subtract: ['$rank', 600_000] } } }])
  await fastify.ready()
  await until(() => order.length === 8)
  t.strictSame(order, ['old', 'high', 'many 0', 'many 1', 'many 2', 'many 3', 'many 4', 'low'])

  order.length = 0
  for (let i = 0; i < 8; i++) await addJob(fastify, `many ${i}`, { owner: 1 })
  await addJob(fastify, 'another', { owner: 2 })
  fastify.outbox.nudge()
  await until(() => order.length === 9)
  t.ok(order.indexOf('another') <= 2, order.join())
})

t.test('without job-priorities they run as they came', async (t) => {
  const order: string[] = []
  const fastify = await buildJobs(t, {
    env: { OPTIMIZATIONS_OFF: 'job-priorities', JOBS_CONCURRENCY: 1, JOBS_POLL_MS: 60_000 },
    definitions: { withdrawal: definitionOf(async ({ subject, finish }) => { order.push(subject); await finish(nothing) }) }
  })
  for (const [subject, score] of [['a', 1], ['b', 6], ['c', 3]] as const) await addJob(fastify, subject, { owner: 1, score })
  await fastify.ready()
  await until(() => order.length === 3)
  t.strictSame(order, ['a', 'b', 'c'])
})

t.test('what fails is tried again, later each time, and given up in the end', async (t) => {
  const attempts: number[] = []
  const fastify = await buildJobs(t, {
    definitions: { withdrawal: definitionOf(async ({ attempt }) => { attempts.push(attempt); throw new Error(`failed ${attempt}`) }, { attempts: 3 }) }
  })
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(async () => await entriesOf(fastify).countDocuments({ state: 'dead' }) === 1)

  t.strictSame(attempts, [1, 2, 3])
  t.match(await entriesOf(fastify).findOne({}), { state: 'dead', attempts: 3, last_error: 'failed 3', holder: null })
  t.match(await fastify.metrics.metrics(), /outcome="failed"\} 2[\s\S]*outcome="dead"\} 1/)
})

t.test('an outage of the database uses no attempt up, and makes no job wait for longer each time', async (t) => {
  const attempts: number[] = []
  const fastify = await buildJobs(t, {
    definitions: {
      withdrawal: definitionOf(async ({ attempt, finish }) => {
        attempts.push(attempt)
        if (attempts.length <= 4) throw new MongoNetworkError('read ECONNRESET')
        await finish(nothing)
      }, { attempts: 2, backoffMs: 300, maxBackoffMs: 3_600_000 })
    }
  })
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(() => attempts.length === 1)
  await until(async () => await entriesOf(fastify).countDocuments({ attempts: 0, holder: null, last_error: 'read ECONNRESET' }) === 1)
  await until(async () => await entriesOf(fastify).countDocuments({}) === 0)
  t.strictSame(attempts, [1, 1, 1, 1, 1])
})

t.test('an outage that does not even take the end of an attempt uses none up: it is told again until it does', async (t) => {
  const attempts: number[] = []
  const fastify = await buildJobs(t, {
    definitions: {
      withdrawal: definitionOf(async ({ attempt, finish }) => {
        attempts.push(attempt)
        if (attempts.length <= 2) throw new MongoNetworkError('read ECONNRESET')
        await finish(nothing)
      }, { attempts: 1 })
    }
  })
  const postpone = fastify.outbox.held.postpone.bind(fastify.outbox.held)
  let refusals = 0
  fastify.outbox.held.postpone = async (...args) => {
    if (++refusals % 3 === 0) return await postpone(...args)
    // the hold runs out meanwhile, and this process looks for work every 20 ms
    await entriesOf(fastify).updateOne({}, { $set: { held_until: new Date(0) } })
    throw new MongoNetworkError('connect ECONNREFUSED')
  }
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(async () => await entriesOf(fastify).countDocuments({ state: 'waiting' }) === 0)
  t.strictSame(attempts, [1, 1, 1])
  t.equal(refusals, 6)
  t.match(await fastify.metrics.metrics(), /outcome="failed"\} 2/)
})

t.test('an attempt whose hold the database does not prolong is told before it ends, and does not count; unless another has the job by then', async (t) => {
  const reasons: unknown[] = []
  const fastify = await buildJobs(t, {
    env: { JOBS_POLL_MS: 60_000 },
    definitions: {
      withdrawal: definitionOf(async ({ signal, subject }) => {
        await new Promise((resolve) => { signal.addEventListener('abort', resolve) })
        reasons.push(signal.reason)
        if (subject === 'taken') await entriesOf(fastify).updateOne({ subject }, { $set: { holder: 'another' } })
        throw new Error('The request was aborted')
      }, { attempts: 1, backoffMs: 60_000, maxBackoffMs: 60_000 })
    }
  })
  fastify.outbox.held.prolong = async () => { throw new MongoNetworkError('connect ECONNREFUSED') }
  await fastify.ready()
  await addJob(fastify, 'kept')
  await addJob(fastify, 'taken')
  fastify.outbox.nudge()
  await until(async () => /outcome="failed"\} 1[\s\S]*outcome="lost"\} 1|outcome="lost"\} 1[\s\S]*outcome="failed"\} 1/.test(await fastify.metrics.metrics()))

  t.ok(reasons.every((reason) => reason instanceof SilenceError))
  t.match(await entriesOf(fastify).findOne({ subject: 'kept' }), { state: 'waiting', attempts: 0, holder: null, last_error: 'The database does not prolong the hold' })
  t.match(await entriesOf(fastify).findOne({ subject: 'taken' }), { attempts: 1, holder: 'another', last_error: null })
})

t.test('the stop does not wait for a database that does not take the end of an attempt', async (t) => {
  let refusals = 0
  const fastify = await buildJobs(t, { definitions: { withdrawal: definitionOf(async () => { throw new MongoNetworkError('read ECONNRESET') }) } })
  fastify.outbox.held.postpone = async () => { refusals++; throw new MongoNetworkError('connect ECONNREFUSED') }
  let left: unknown
  fastify.addHook('onClose', async () => { left = await entriesOf(fastify).findOne({}) })
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(() => refusals > 0)
  const startedAt = Date.now()
  await fastify.close()

  t.ok(Date.now() - startedAt < 15_000)
  t.ok(refusals > 2)
  t.match(left, { attempts: 1, state: 'waiting' }, 'it counts')
})

t.test('what is given up is told to its kind, in the transaction that gives it up', async (t) => {
  const told: string[] = []
  let dead: unknown
  const fastify = await buildJobs(t, {
    definitions: {
      withdrawal: definitionOf(async ({ subject }) => {
        if (subject === 'taken') await entriesOf(fastify).updateOne({ subject }, { $set: { holder: 'another', held_until: new Date(Date.now() + 60_000) } })
        throw new Error('fails')
      }, {
        attempts: 1,
        async giveUp (subject, error, { session }) {
          told.push(`${subject}: ${(error as Error).message}`)
          dead = await entriesOf(fastify).findOne({ subject, state: 'dead' }, { session })
          await fastify.documents.collection('transactions').insertOne({ subject }, { session })
        }
      })
    }
  })
  for (const subject of ['fails', 'taken', 'died']) await addJob(fastify, subject)
  await entriesOf(fastify).updateOne({ subject: 'died' }, { $set: { holder: 'dead', attempts: 1 } })
  await fastify.ready()
  await until(async () => await entriesOf(fastify).countDocuments({ state: 'dead' }) === 2)
  await until(async () => /outcome="lost"\} 1/.test(await fastify.metrics.metrics()))

  t.ok(dead)
  t.strictSame([...new Set(told)].sort(), ['died: No attempt came to its end', 'fails: fails'])
  t.equal(await fastify.documents.collection('transactions').countDocuments({}), 2)
  t.match(await entriesOf(fastify).findOne({ subject: 'taken' }), { state: 'waiting', holder: 'another', last_error: null })
})

t.test('an attempt without a result has failed, and one whose code is wrong', async (t) => {
  const fastify = await buildJobs(t, {
    definitions: { withdrawal: definitionOf(nothing, { attempts: 1 }), 'payment-event': definitionOf(async () => { JSON.parse('{') }, { attempts: 1 }) }
  })
  await fastify.ready()
  await addJob(fastify, 'a')
  await addJob(fastify, 'b', { kind: 'payment-event' })
  await until(async () => await entriesOf(fastify).countDocuments({ state: 'dead' }) === 2)
  t.equal((await entriesOf(fastify).findOne({ subject: 'a' }))?.last_error, 'The attempt ended without a result')
  t.match((await entriesOf(fastify).findOne({ subject: 'b' }))?.last_error, /JSON/)
})

t.test('a job whose process has died is begun anew; one that ended it each time is given up', async (t) => {
  const subjects: string[] = []
  const fastify = await buildJobs(t, { definitions: { withdrawal: definitionOf(async ({ subject, finish }) => { subjects.push(subject); await finish(nothing) }, { attempts: 2 }) } })
  await addJob(fastify, 'once')
  await addJob(fastify, 'always')
  await addJob(fastify, 'held')
  await entriesOf(fastify).updateMany({}, { $set: { holder: 'dead', attempts: 1 } })
  await entriesOf(fastify).updateOne({ subject: 'always' }, { $set: { attempts: 2 } })
  await entriesOf(fastify).updateOne({ subject: 'held' }, { $set: { held_until: new Date(Date.now() + 60_000) } })
  await fastify.ready()
  await until(async () => subjects.length === 1 && await entriesOf(fastify).countDocuments({ state: 'dead' }) === 1)

  t.strictSame(subjects, ['once'])
  t.match(await entriesOf(fastify).findOne({ subject: 'always' }), { last_error: 'No attempt came to its end' })
  t.match(await entriesOf(fastify).findOne({ subject: 'held' }), { holder: 'dead' })
})

t.test('whoever has lost a job writes nothing of it', async (t) => {
  const outcomes: string[] = []
  const fastify = await buildJobs(t, {
    definitions: {
      withdrawal: definitionOf(async (job: JobRun) => {
        await entriesOf(fastify).updateOne({ subject: job.subject }, { $set: { holder: 'another', held_until: new Date(Date.now() + 60_000) } })
        const write = job.subject === 'finish' ? job.finish : job.transact
        await write(async ({ session }) => await fastify.documents.collection('written').insertOne({ subject: job.subject }, { session })).catch((error: unknown) => {
          outcomes.push(String(error))
          throw error
        })
      })
    }
  })
  await fastify.documents.collection('written').createIndex({ subject: 1 })
  await fastify.ready()
  await addJob(fastify, 'finish')
  await addJob(fastify, 'transact')
  await until(async () => /outcome="lost"\} 2/.test(await fastify.metrics.metrics()))

  t.match(outcomes, [/JobLostError/, /JobLostError/])
  t.equal(await fastify.documents.collection('written').countDocuments({}), 0)
  t.equal(await entriesOf(fastify).countDocuments({ holder: 'another', last_error: null }), 2)
})

t.test('what was committed is done, whatever fails after it; steps before it are kept', async (t) => {
  const fastify = await buildJobs(t, {
    definitions: {
      withdrawal: definitionOf(async ({ transact, finish }) => {
        t.equal(await transact(async () => 'a step'), 'a step')
        t.equal(await finish(async () => 'the end'), 'the end')
        throw new Error('too late')
      })
    }
  })
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(async () => /outcome="done"\} 1/.test(await fastify.metrics.metrics()))
  t.equal(await entriesOf(fastify).countDocuments({}), 0)
})

t.test('while the database is away jobs wait, and go on when it is back', async (t) => {
  let done = 0
  const lines: string[] = []
  const fastify = await buildJobs(t, { definitions: { withdrawal: definitionOf(async ({ finish }) => { await finish(nothing); done++ }) } })
  const { due } = fastify.outbox.held
  let failures = 0
  fastify.log.warn = (...args: unknown[]) => { lines.push(String(args.at(-1))) }
  fastify.log.info = (...args: unknown[]) => { lines.push(String(args.at(-1))) }
  fastify.outbox.held.due = async () => { failures++; throw new Error('away') }
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(() => failures > 2)
  fastify.outbox.held.due = due
  await until(() => done === 1)
  t.strictSame(lines.filter((line) => line.startsWith('jobs')), ['jobs wait', 'jobs go on'])
})

t.test('the stop waits for what is under way, and gives back what takes too long', async (t) => {
  let isBegun = false
  let reason: unknown
  const fastify = await buildJobs(t, {
    definitions: {
      withdrawal: definitionOf(async ({ signal }) => {
        isBegun = true
        await new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { reason = signal.reason; reject(new Error('aborted')) }) })
      })
    }
  })
  let left: unknown
  fastify.addHook('onClose', async () => { left = await entriesOf(fastify).findOne({}) })
  await fastify.ready()
  await addJob(fastify, 'a')
  await until(() => isBegun)
  const startedAt = Date.now()
  await fastify.close()

  t.match(reason, { name: 'DrainingError' })
  t.match(left, { attempts: 0, holder: null, state: 'waiting' })
  t.ok(Date.now() - startedAt < 15_000)
})

t.test('an attempt ends when its job is somebody else’s, or before it may be because the database does not say', async (t) => {
  type Answer = 'yes' | 'no' | 'refused' | 'silent'
  /** Seconds after which it is told, and why; it is held for `heldMs` at first. */
  const toldAfter = async (answers: Answer[], { heldMs = 10_000 } = {}) => {
    mock.timers.enable({ apis: ['setInterval', 'Date'] })
    const controller = new AbortController()
    const prolong = async () => {
      const answer = answers.shift() ?? 'yes'
      if (answer === 'refused') throw new Error('away')
      if (answer === 'silent') await new Promise(() => {})
      return answer === 'yes' ? new Date(Date.now() + 10_000) : null
    }
    const entry = { holder: 'me', held_until: new Date(heldMs) } as Parameters<typeof keepHolding>[1]
    const stop = keepHolding({ prolong } as unknown as Parameters<typeof keepHolding>[0], entry, controller)
    let seconds = 0
    while (seconds < 60 && !controller.signal.aborted) {
      seconds += 1
      mock.timers.tick(1000)
      await new Promise(setImmediate)
    }
    stop()
    mock.timers.reset()
    return controller.signal.aborted ? `${(controller.signal.reason as Error).name} ${seconds}` : null
  }
  t.equal(await toldAfter([]), null)
  t.equal(await toldAfter(['yes', 'no']), 'JobLostError 6')
  t.equal(await toldAfter(['refused', 'refused', 'yes', 'silent', 'yes', 'refused', 'yes'], { heldMs: 14_000 }), null)
  for (const answer of ['refused', 'silent'] as const) {
    t.equal(await toldAfter(Array<Answer>(4).fill(answer)), 'SilenceError 9', answer)
    t.equal(await toldAfter(['yes', ...Array<Answer>(4).fill(answer)]), 'SilenceError 12', answer)
    t.equal(await toldAfter(Array<Answer>(4).fill(answer), { heldMs: 8500 }), 'SilenceError 6', 'it was taken slowly')
  }
  // a process that hung until the hold had ended
  t.equal(await toldAfter([], { heldMs: -10_000 }), null)
  t.equal(await toldAfter(['no'], { heldMs: -10_000 }), 'JobLostError 3')
})
