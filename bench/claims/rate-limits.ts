import { askForAnalyst } from '../harness/analysts-page.ts'
import type { ServerClaim } from '../harness/claim.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What do rate limits cost a request that its route answers, one analyst from memory?',
  variants: [{ name: 'without limits', env: { OPTIMIZATIONS_OFF: 'rate-limits,response-cache' } }, { name: 'limits', env: { OPTIMIZATIONS_OFF: 'response-cache' } }],
  prepare: async (fastify) => [await askForAnalyst(fastify)]
}
export default claim
