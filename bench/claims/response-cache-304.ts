import { askForAnalysts } from '../harness/analysts-page.ts'
import type { ServerClaim } from '../harness/claim.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What does a 304 cost, against a bare Fastify route that sends a ready buffer of 8 KB?',
  variants: [{ name: 'bare Fastify, 200', env: {}, bare: 'fastify' }, { name: 'response cache, 304', env: {} }],
  defaults: { connections: 100 },
  status: 304,
  async prepare (fastify) {
    const { etag, ...request } = await askForAnalysts(fastify)
    return [{ ...request, headers: { 'accept-encoding': 'identity', 'if-none-match': etag } }]
  }
}
export default claim
