import { startRedis } from '../../scripts/chaos/redis.ts'

/* Redis, ended with this process; no address where none is installed. */
const redis = await startRedis()
process.once('disconnect', async () => {
  await redis?.close()
  process.exit()
})
process.send?.(redis?.url ?? '')
