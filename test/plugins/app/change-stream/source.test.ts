import type { Db } from 'mongodb'
import t from 'tap'
import { watchCollections } from '../../../../plugins/app/change-stream/source.ts'

/** A database whose stream tells what it is given, then waits until it is closed. */
function createDatabase (changes: unknown[]) {
  const calls: unknown[][] = []
  let wake = (_error: Error) => {}
  const stream = {
    closed: false,
    resumeToken: undefined as unknown,
    async tryNext () {
      if (changes.length === 0) await new Promise((_resolve, reject) => { wake = reject })
      stream.resumeToken = `after ${JSON.stringify(changes[0])}`
      return changes.shift()
    },
    async close () {
      stream.closed = true
      wake(new Error('closed'))
      throw new Error('the connection is gone')
    }
  }
  return { database: { watch: (...args: unknown[]) => { calls.push(args); return stream } } as unknown as Db, stream, calls }
}

t.test('it tells each change with the token after it, null when there is none, and ends with the signal', async (t) => {
  const { database, stream, calls } = createDatabase([null, { operationType: 'insert' }])
  const end = new AbortController()
  const source = watchCollections(database, ['users'], { token: 'here', signal: end.signal })

  t.strictSame((await source.next()).value, { change: null, token: 'after null' })
  t.strictSame((await source.next()).value, { change: { operationType: 'insert' }, token: 'after {"operationType":"insert"}' })
  const waiting = source.next()
  end.abort()
  await t.rejects(waiting, { message: 'closed' })
  t.equal(stream.closed, true)
  t.match(calls, [[
    [{ $match: { $or: [{ 'ns.coll': { $in: ['users'] } }, { operationType: { $in: ['dropDatabase', 'invalidate'] } }] } }],
    { fullDocument: 'updateLookup', fullDocumentBeforeChange: 'whenAvailable', startAfter: 'here' }
  ]])
})

t.test('without a token it begins now; who stops listening closes it, and a stream that is closed ends it', async (t) => {
  const { database, stream, calls } = createDatabase([null, null])
  const { signal } = new AbortController()
  const source = watchCollections(database, [], { token: undefined, signal })
  t.match(await source.next(), { value: { change: null } })
  await source.return(undefined)
  t.equal(stream.closed, true)
  t.notOk('startAfter' in (calls[0]?.[1] as object))
  t.strictSame(await watchCollections(database, [], { token: undefined, signal }).next(), { value: undefined, done: true })
})
