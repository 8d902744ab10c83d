import t from 'tap'
import { createTagClock } from '../../../../plugins/app/cache/tag-clock.ts'

t.test('what was made before an invalidation of one of its tags is not current', async (t) => {
  const clock = createTagClock()
  const before = clock.now()
  clock.invalidate(['a', 'b'])
  const after = clock.now()

  t.notOk(clock.isCurrent(['a'], before))
  t.notOk(clock.isCurrent(['c', 'b'], before))
  t.ok(clock.isCurrent(['c'], before))
  t.ok(clock.isCurrent([], before))
  t.ok(clock.isCurrent(['a', 'b'], after))
})

t.test('everything may be invalidated at once', async (t) => {
  const clock = createTagClock()
  const before = clock.now()
  clock.invalidateAll()

  t.notOk(clock.isCurrent([], before))
  t.ok(clock.isCurrent(['a'], clock.now()))
})

t.test('a tag that is forgotten counts as invalidated, so memory is bounded and nothing stale is current', async (t) => {
  const clock = createTagClock(2)
  const start = clock.now()
  clock.invalidate(['a'])
  const afterA = clock.now()
  clock.invalidate(['b'])
  clock.invalidate(['a'])
  t.ok(clock.isCurrent(['c'], start))
  clock.invalidate(['c'])

  t.notOk(clock.isCurrent(['b'], afterA), 'b is forgotten: its time is the floor')
  t.notOk(clock.isCurrent(['never'], afterA), 'and what is older cannot be told from it')
  t.notOk(clock.isCurrent(['a'], 2), 'a is remembered: what is told again is forgotten last')
  t.ok(clock.isCurrent(['b'], 2))
  clock.invalidate(['d', 'e', 'f'])
  t.ok(clock.isCurrent(['d', 'e', 'f'], clock.now()), 'more tags than are remembered')
})
