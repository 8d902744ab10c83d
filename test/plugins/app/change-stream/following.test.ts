import { MongoNetworkError, MongoServerError } from 'mongodb'
import t from 'tap'
import type { Change } from '../../../../plugins/app/change-stream/change.ts'
import { createFollowing } from '../../../../plugins/app/change-stream/following.ts'
import type { Notice } from '../../../../plugins/app/change-stream/source.ts'

const serverError = (code: number, errorLabels: string[] = []) => new MongoServerError({ message: `code ${code}`, code, errorLabels })

/** Follows streams of which each is a list of what it tells: operations, null, or an error that ends it. After the last it stops. */
function follow (streams: ReadonlyArray<ReadonlyArray<string | null | Error>>) {
  const events: unknown[] = []
  const log = { info: (message: string) => { events.push(message.split(':')[0]) }, warn: ({ err }: { err: Error }) => { events.push(err.message) } }
  const left = [...streams]
  async function * watch ({ token }: { token: unknown }): AsyncGenerator<Notice> {
    events.push(`from ${String(token)}`)
    for (const [index, told] of (left.shift() ?? []).entries()) {
      if (told instanceof Error) throw told
      const change: Change | null = told === null ? null : { operationType: told }
      yield { change, token: `${told}-${index}` }
    }
    if (left.length === 0) following.stop()
  }
  const reaction = {
    missed: () => { events.push('missed') },
    take: async (change: Change | null) => { if (change) events.push(change.operationType) }
  }
  const following = createFollowing({ watch, reaction, log: log as never, pauseMs: 1 })
  return { following, events }
}

const OPEN = 'change stream open'

t.test('after a failure it continues behind the last change, for ever, and tells of a series of failures once', async (t) => {
  const away = new MongoNetworkError('away')
  const { following, events } = follow([[null, 'insert', away], [away], [away], [serverError(11_600, ['ResumableChangeStreamError'])], ['update'], []])
  await following.run()
  t.strictSame(events, ['from undefined', OPEN, 'insert', 'away', 'from insert-1', 'from insert-1', 'from insert-1', 'from insert-1', OPEN, 'update', 'missed', 'The change stream has ended', 'from undefined'])
  t.equal(following.state.isRunning, false)
})

t.test('where the history is lost, or never began, it begins anew and everything may have been missed', async (t) => {
  const { following, events } = follow([[new MongoNetworkError('away')], ['insert', serverError(286)], [null], []])
  await following.run()
  t.strictSame(events, ['from undefined', 'missed', 'away', 'from undefined', OPEN, 'insert', 'missed', 'code 286', 'from undefined', OPEN, 'missed', 'The change stream has ended', 'from undefined'])
})

t.test('a server without change streams is told of once and asked once', async (t) => {
  for (const code of [59, 115, 238, 40_324, 40_573]) {
    const { following, events } = follow([[serverError(code)], ['insert']])
    await following.run()
    t.strictSame(events, ['from undefined', 'the database offers no change stream'], String(code))
  }
})

t.test('stopped, it asks no more, in a pause too', async (t) => {
  const early = follow([])
  early.following.stop()
  await early.following.run()
  t.strictSame(early.events, [])

  const { following, events } = follow([[new MongoNetworkError('away')], ['insert']])
  const run = following.run()
  await new Promise(setImmediate)
  following.stop()
  await run
  t.strictSame(events, ['from undefined', 'missed', 'away'])
})
