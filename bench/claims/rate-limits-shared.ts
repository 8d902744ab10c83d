import { askForAnalyst } from '../harness/analysts-page.ts'
import type { ServerClaim } from '../harness/claim.ts'

/** A Redis of one's own, such as `redis-server --port 6399 --save ''`. */
const REDIS_URL = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6399'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What does it cost a request that its budget is shared through Redis, in leases?',
  variants: [{ name: 'budgets of this instance', env: { OPTIMIZATIONS_OFF: 'response-cache,value-cache' } }, { name: 'shared budgets', env: { REDIS_URL, OPTIMIZATIONS_OFF: 'response-cache,value-cache' } }],
  prepare: async (fastify) => [await askForAnalyst(fastify)]
}
export default claim
