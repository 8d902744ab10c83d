import { askForAnalysts } from '../harness/analysts-page.ts'
import type { ServerClaim } from '../harness/claim.ts'
import { without } from '../harness/variants.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What do the caches do for a public list of 35 analysts?',
  variants: [{ name: 'without caches', env: without() }, { name: 'with caches', env: {} }],
  defaults: { connections: 20 },
  prepare: async (fastify) => [await askForAnalysts(fastify)]
}
export default claim
