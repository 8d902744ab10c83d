import { askForAnalysts } from '../harness/analysts-page.ts'
import type { ServerClaim } from '../harness/claim.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What does a kept public answer of 8 KB cost, against a bare Fastify route that sends a ready buffer?',
  variants: [{ name: 'bare Fastify', env: {}, bare: 'fastify' }, { name: 'response cache, hit', env: {} }],
  defaults: { connections: 100 },
  prepare: async (fastify) => [await askForAnalysts(fastify)]
}
export default claim
