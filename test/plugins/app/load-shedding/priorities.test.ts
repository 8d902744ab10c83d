import t from 'tap'
import { PRIORITIES, roomFor } from '../../../../plugins/app/load-shedding/priorities.ts'

t.test('each class leaves room for those before it, at the lowest limit too', async (t) => {
  const rooms = PRIORITIES.map((priority) => Math.ceil(roomFor(priority, { limit: 4, ceiling: 1000 })))
  t.strictSame(rooms, [Infinity, 1000, 4, 4, 3, 2])
  t.strictSame(PRIORITIES.map((priority) => roomFor(priority, { limit: 80, ceiling: 1000 })), [Infinity, 1000, 80, 70, 60, 40])
})
