import type { ServerClaim } from '../harness/claim.ts'
import { askForUsers } from '../harness/point-reads.ts'
import { WITHOUT_CACHES } from '../harness/variants.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What does a pool of 200 connections, 20 of them always open, do against 100 and 10?',
  variants: [
    { name: 'pool 100/10', env: { ...WITHOUT_CACHES, MONGODB_MAX_POOL_SIZE: 100, MONGODB_MIN_POOL_SIZE: 10 } },
    { name: 'pool 200/20', env: { ...WITHOUT_CACHES, MONGODB_MAX_POOL_SIZE: 200, MONGODB_MIN_POOL_SIZE: 20 } }
  ],
  // more requests at once than the larger pool has connections
  defaults: { connections: 300 },
  prepare: askForUsers
}
export default claim
