import { askForAnalyst } from '../harness/analysts-page.ts'
import type { ServerClaim } from '../harness/claim.ts'
import { startCollector, TRACED } from '../harness/collector.ts'

/** Each request asks the database. */
const UNKEPT = { OPTIMIZATIONS_OFF: 'response-cache,value-cache' }

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What do traces cost a request that asks the database once, each of them kept?',
  variants: [{ name: 'off', env: UNKEPT }, { name: 'on', env: { ...UNKEPT, ...TRACED } }],
  async prepare (fastify) {
    await startCollector()
    return [await askForAnalyst(fastify)]
  }
}
export default claim
