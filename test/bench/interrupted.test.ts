import t from 'tap'
import { run } from '../process.ts'

const env = { MONGODB_URI: process.env.MONGODB_URI ?? '', MONGODB_MIN_POOL_SIZE: '0' }

t.test('interrupted, it ends what it started', async (t) => {
  const running = run(t, ['bench/index.ts', 'performance-monitor', '--users', '20', '--seconds', '1', '--rounds', '50'], env)
  await running.printed(/Round 1/)
  t.equal(await running.stop('SIGINT'), 130, running.output())
})
