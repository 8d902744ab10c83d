import { mock } from 'node:test'
import t from 'tap'
import { createReaction } from '../../../../plugins/app/change-stream/reaction.ts'

t.test('what a change cannot tell leads to the invalidation of everything, at most once a second', async (t) => {
  let now = 10_000
  mock.method(performance, 'now', () => now)
  t.teardown(() => { mock.restoreAll() })
  const done: unknown[] = []
  const reaction = createReaction({
    tagsOf: ({ operationType }) => operationType === 'drop' ? undefined : operationType === 'other' ? [] : [operationType],
    invalidate: async (tags) => { done.push(tags) },
    invalidateAll: async () => { done.push('all') }
  })
  const take = (...operations: string[]) => operations.reduce((before, operationType) => before.then(() => reaction.take({ operationType })), Promise.resolve())

  await take('a', 'other', 'drop', 'drop', 'b', 'drop')
  t.strictSame(done.splice(0), [['a'], 'all', ['b']])
  now += 999
  await reaction.take(null)
  t.strictSame(done, [])
  now += 1
  await reaction.take(null)
  t.strictSame(done.splice(0), ['all'], 'what came in between is made up for')
  now += 1000
  await reaction.take(null)
  t.strictSame(done, [])
  reaction.missed()
  await take('c')
  t.strictSame(done, [['c'], 'all'])
})
