import { askForAnalysts } from '../harness/analysts-page.ts'
import type { ServerClaim } from '../harness/claim.ts'
import { startCollector, TRACED } from '../harness/collector.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What do traces cost a kept answer, which is in none?',
  variants: [{ name: 'off', env: {} }, { name: 'on', env: TRACED }],
  defaults: { connections: 100 },
  async prepare (fastify) {
    await startCollector()
    return [await askForAnalysts(fastify)]
  }
}
export default claim
