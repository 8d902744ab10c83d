import type { ServerClaim } from '../harness/claim.ts'
import { askForUsers } from '../harness/point-reads.ts'
import { WITHOUT_CACHES, without } from '../harness/variants.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What do performance monitor and slow-query log cost together where a request does least: one user by its number?',
  variants: [
    { name: 'without', env: without('performance-monitor', 'slow-query-log') },
    { name: 'with', env: WITHOUT_CACHES }
  ],
  prepare: askForUsers
}
export default claim
