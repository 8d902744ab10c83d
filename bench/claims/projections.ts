import type { ServerClaim } from '../harness/claim.ts'
import { adminHeaders } from '../harness/tokens.ts'
import { WITHOUT_CACHES, without } from '../harness/variants.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What does reading only the asked fields do for a page of all 60 analysts with two fields each?',
  variants: [
    { name: 'all fields', env: without('projections') },
    { name: 'projection', env: WITHOUT_CACHES }
  ],
  async prepare (fastify) {
    return [{ method: 'GET', path: '/v1/analysts?limit=100&fields=name,rank', headers: adminHeaders(fastify) }]
  }
}
export default claim
