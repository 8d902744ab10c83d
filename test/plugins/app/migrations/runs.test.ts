import t from 'tap'
import type { Backfill } from '../../../../plugins/app/migrations/index.ts'
import { marking, oneTime, prepare, processOf, toFiles } from './helper.ts'

t.test('migrations are applied in order, those that contract when it is said, and each once', async (t) => {
  const { fastify, things } = await prepare(t, 25)
  const done: string[] = []
  const noting = (name: string, phase: 'expand' | 'contract') => oneTime({ phase, async up () { done.push(name) } })
  const { migrations, run, lines } = processOf(fastify, toFiles([noting('one', 'expand'), noting('two', 'contract'), marking(), noting('four', 'expand')]))
  const states = async () => (await migrations.status()).map(({ state }) => state).join(' ')
  t.equal(await states(), 'pending pending pending pending')

  t.equal(await run({ to: '0001' }), true)
  t.strictSame([done, await states()], [['one'], 'done pending pending pending'])
  t.equal(await run(), true)
  t.strictSame([done, await states()], [['one', 'four'], 'done pending done done'])
  t.equal(await things.countDocuments({ mark: 1 }), 25)
  t.ok(lines.includes('0003-m3: done, 25 documents, 25 changes'))
  t.equal(await run({ contract: true }), true)
  t.strictSame([done, await states()], [['one', 'four', 'two'], 'done done done done'])

  await things.updateOne({ n: 3 }, { $unset: { mark: 1 } })
  t.equal(await run({ contract: true }), true)
  t.strictSame([done.length, await things.countDocuments({ mark: 1 })], [3, 24], 'what was applied is applied no more')
})

t.test('a batch looks at so many documents, whether or not they are pending', async (t) => {
  const { fastify, records } = await prepare(t, 25)
  const batches: number[] = []
  const { run } = processOf(fastify, toFiles([marking({ pending: { n: { $lt: 3 } }, batch: (found) => { batches.push(found.length); return [] } })]))

  t.equal(await run(), true)
  t.strictSame(batches, [3, 0, 0])
  t.match(await records.findOne({ _id: '0001' }), { walked: 25, changed: 0, state: 'done' })
})

t.test('a batch that fails ends the run, named; the next goes on from there, or anew where the file is another', async (t) => {
  const { fastify, things, records } = await prepare(t, 25)
  const wrong: unknown[] = [new Error('n is wrong'), 'no error at all']
  const batch: Backfill['batch'] = (found) => {
    if (found.some(({ n }) => n === 12)) throw wrong.shift()
    return marking().batch(found)
  }
  const failing = toFiles([marking({ batch }), oneTime()])
  const { migrations, run } = processOf(fastify, failing)
  await t.rejects(run(), { message: '0001-m1: n is wrong' })
  await t.rejects(run(), { message: '0001-m1: no error at all' })
  t.match(await migrations.status(), [{ state: 'failed', walked: 10, changed: 10, error: 'no error at all' }, { state: 'pending' }])

  const seen: number[] = []
  const noting = marking({ batch: (found) => { seen.push(...found.map(({ n }) => n as number)); return marking().batch(found) } })
  await things.updateOne({ n: 0 }, { $unset: { mark: 1 } })
  t.equal(await processOf(fastify, toFiles([noting, oneTime()])).run({ to: '0001' }), true)
  t.strictSame(seen, Array.from({ length: 15 }, (_, i) => i + 10), 'from its position')
  t.match(await records.findOne({ _id: '0001' }), { walked: 25, changed: 25, error: null })

  await records.updateOne({ _id: '0001' }, { $set: { state: 'failed' } })
  t.equal(await processOf(fastify, toFiles([noting, oneTime()], 'second')).run(), true)
  t.strictSame([seen.at(-1), await things.countDocuments({ mark: 1 })], [0, 25], 'from the beginning')
  t.match(await records.findOne({ _id: '0001' }), { checksum: 'second', walked: 25, changed: 1 })
})

t.test('a file that was changed after it had been applied is an error, one that is not there is told', async (t) => {
  const { fastify, records } = await prepare(t, 1)
  const files = toFiles([marking(), oneTime(), oneTime()])
  await processOf(fastify, files).run()

  const { migrations, run } = processOf(fastify, [{ ...files[0], checksum: 'second' } as typeof files[0] & object])
  await t.rejects(run(), { message: /^0001-m1: its file was changed/ })
  await t.rejects(run({ dryRun: true }), { message: /^0001-m1: its file was changed/ })
  await records.updateOne({ _id: '0003' }, { $set: { state: 'running' } })
  t.match(await migrations.status(), [{ state: 'altered', phase: 'expand' }, { version: '0002', state: 'done', phase: 'unknown' }, { version: '0003', state: 'interrupted', phase: 'unknown' }])
})

t.test('a signal stops it after the batch; what it has done it does not do again', async (t) => {
  const { fastify, things, records } = await prepare(t, 25)
  const stop = new AbortController()
  const batch: Backfill['batch'] = (found) => {
    if (found[0]?.n === 10) stop.abort()
    return marking().batch(found)
  }
  const { migrations, run, lines } = processOf(fastify, toFiles([marking({ batch }), oneTime()]))

  t.equal(await run({ signal: stop.signal }), false)
  t.equal(await things.countDocuments({ mark: 1 }), 20)
  t.match(lines.at(-1), '0001-m1: stopped')
  t.match(await migrations.status(), [{ state: 'interrupted', walked: 20 }, { state: 'pending' }])
  t.equal(await run({ signal: stop.signal }), false, 'stopped before it began')
  t.equal(await run(), true)
  t.match(await records.findOne({ _id: '0001' }), { walked: 25, changed: 25 })
})

t.test('a rehearsal writes nothing, neither data nor state', async (t) => {
  const { fastify, things, records } = await prepare(t, 25)
  const { run, lines } = processOf(fastify, toFiles([oneTime({ up: () => Promise.reject(new Error('done')) }), marking(), oneTime({ phase: 'contract' })]))

  t.equal(await run({ dryRun: true }), true)
  t.strictSame(lines, ['0001-m1: would be done: one-time', '0002-m2: would be done: 25 documents, 25 changes at most'])
  t.strictSame([await things.countDocuments({ mark: 1 }), await records.countDocuments()], [0, 0])

  const stop = new AbortController()
  const stopping = marking({ batch: (found) => { stop.abort(); return marking().batch(found) } })
  t.equal(await processOf(fastify, toFiles([stopping])).run({ dryRun: true, signal: stop.signal }), false)
})

t.test('a rehearsal begins where the next run would', async (t) => {
  const { fastify, records } = await prepare(t, 25)
  const stop = new AbortController()
  const stopping = marking({ batch: (found) => { stop.abort(); return marking().batch(found) } })
  await processOf(fastify, toFiles([stopping])).run({ signal: stop.signal })
  const { run, lines } = processOf(fastify, toFiles([marking()]))
  await run({ dryRun: true })

  t.strictSame(lines, ['0001-m1: would be done: 15 documents, 15 changes at most'])
  t.match(await records.findOne({ _id: '0001' }), { walked: 10 })

  const other = processOf(fastify, toFiles([marking({ pending: {} })], 'second'))
  await other.run({ dryRun: true })
  t.strictSame(other.lines, ['0001-m1: would be done: 25 documents, 25 changes at most'], 'anew where the file is another')
})
