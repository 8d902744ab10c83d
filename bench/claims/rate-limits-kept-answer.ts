import { askForAnalysts } from '../harness/analysts-page.ts'
import type { ServerClaim } from '../harness/claim.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What do rate limits cost a kept answer, which is sent below the framework?',
  variants: [{ name: 'without limits', env: { OPTIMIZATIONS_OFF: 'rate-limits' } }, { name: 'limits', env: {} }],
  defaults: { connections: 100 },
  prepare: async (fastify) => [await askForAnalysts(fastify)]
}
export default claim
