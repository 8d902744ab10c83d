import type { ServerClaim } from '../harness/claim.ts'
import { askForUsers } from '../harness/point-reads.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What does the slow-query log cost where a request does least: one user by its number?',
  variants: [
    { name: 'without', env: { OPTIMIZATIONS_OFF: 'slow-query-log' } },
    { name: 'with', env: {} }
  ],
  prepare: askForUsers
}
export default claim
