import { EventEmitter, once } from 'node:events'
import t from 'tap'
import { MongoServerError, type AnyBulkWriteOperation } from 'mongodb'
import { createRecords } from '../../../../plugins/app/migrations/records.ts'
import { until } from '../../../jobs.ts'
import { marking, oneTime, prepare, processOf, toFiles } from './helper.ts'

const WRITE_CONFLICT = 112

/** A one-time migration that waits to be let go on. */
function gated () {
  const events = new EventEmitter()
  const begun = once(events, 'begun')
  const gate = once(events, 'go')
  const migration = oneTime({
    async up () {
      events.emit('begun')
      await gate
    }
  })
  return { migration, begun, letGo: () => { events.emit('go') } }
}

t.test('of two at once one migrates, and the other finds nothing to do', async (t) => {
  const { fastify, records } = await prepare(t, 100)
  const seen: number[] = []
  const files = toFiles([marking({ batch: (found) => { seen.push(...found.map(({ n }) => n as number)); return marking().batch(found) } })])
  const processes = [processOf(fastify, files), processOf(fastify, files)]

  t.strictSame(await Promise.all(processes.map(({ run }) => run())), [true, true])
  t.strictSame(seen, Array.from({ length: 100 }, (_, n) => n), 'each document once')
  t.match(await records.findOne({ _id: '0001' }), { walked: 100, changed: 100 })
})

t.test('who waits says so once, and can be stopped', async (t) => {
  const { fastify } = await prepare(t)
  const { migration, begun, letGo } = gated()
  const first = processOf(fastify, toFiles([migration]))
  const second = processOf(fastify, toFiles([oneTime()]))
  const running = first.run()
  await begun
  t.match(await second.migrations.status(), [{ state: 'running' }])

  const stop = new AbortController()
  const stopped = second.run({ signal: stop.signal })
  await until(() => second.lines.length > 0)
  stop.abort()
  t.equal(await stopped, false)
  t.strictSame(second.lines, ['Another process migrates, or has died a moment ago: waiting'])
  letGo()
  t.equal(await running, true)
  t.equal(await second.run(), true)
})

t.test('a holder prolongs the lock while it works, and gives it back', async (t) => {
  const { fastify, records } = await prepare(t)
  const { migration, begun, letGo } = gated()
  const { migrations, run } = processOf(fastify, toFiles([migration]), 60)
  const heldUntil = async () => Number((await records.findOne({ _id: 'lock' }))?.held_until)
  const running = run()
  await begun
  const first = await heldUntil()
  await until(async () => await heldUntil() > first)
  letGo()
  await running

  t.equal(await heldUntil(), 0)
  t.match(await migrations.status(), [{ state: 'done' }])
})

t.test('a holder that was taken for dead writes nothing any more', async (t) => {
  const { fastify, records } = await prepare(t)
  const { migration, begun, letGo } = gated()
  const late = processOf(fastify, toFiles([migration])).run()
  await begun
  const lapse = () => records.updateOne({ _id: 'lock' }, { $set: { held_until: new Date(0) } })
  await lapse()

  const failing = processOf(fastify, toFiles([oneTime({ up: () => Promise.reject(new Error('not yet')) })]))
  await t.rejects(failing.run(), { message: '0001-m1: not yet' })
  letGo()
  await t.rejects(late, { message: '0001-m1: Another process has taken over' })
  t.match(await records.findOne({ _id: '0001' }), { state: 'failed', error: 'not yet', term: 2 })
  const [file] = toFiles([oneTime()])
  await t.rejects(createRecords(fastify).begin(file as NonNullable<typeof file>, 1), { message: 'Another process has taken over' }, 'nor does it begin anything')
})

t.test('a lock or a record that cannot be written is an error', async (t) => {
  const { fastify } = await prepare(t)
  const { run } = processOf(fastify, toFiles([oneTime()]))
  t.equal(await run(), true)
  fastify.documents.isDuplicate = () => false
  const [file] = toFiles([oneTime()])

  await t.rejects(run(), { code: 11_000 })
  await t.rejects(createRecords(fastify).begin(file as NonNullable<typeof file>, 2), { code: 11_000 })
})

t.test('a batch whose writes gave way to those of the server is tried again, not for ever', async (t) => {
  const { fastify, things } = await prepare(t, 5)
  const { collection } = fastify.documents
  let refusals = 4
  const refusing = (name: string) => {
    const found = collection(name)
    const bulkWrite = found.bulkWrite.bind(found)
    return Object.assign(found, {
      async bulkWrite (operations: AnyBulkWriteOperation[]) {
        refusals -= 1
        if (refusals >= 0) throw new MongoServerError({ message: 'WriteConflict', code: WRITE_CONFLICT })
        return await bulkWrite(operations)
      }
    })
  }
  fastify.documents.collection = refusing as unknown as typeof collection
  const { run } = processOf(fastify, toFiles([marking()]))
  t.equal(await run(), true)
  t.equal(await things.countDocuments({ mark: 1 }), 5)

  refusals = 5
  await t.rejects(processOf(fastify, toFiles([oneTime(), marking({ pending: {} })])).run(), { message: '0002-m2: WriteConflict' })
})
