import t from 'tap'
import { until } from '../../bench/harness/until.ts'

t.test('waits for what comes about, and no longer than so long for what does not', async (t) => {
  let asked = 0
  await until('a third question', async () => ++asked === 3)
  t.equal(asked, 3)
  await t.rejects(until('the moon', async () => false, 60), { message: 'Waited in vain for the moon' })
})
