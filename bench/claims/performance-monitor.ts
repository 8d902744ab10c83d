import type { ServerClaim } from '../harness/claim.ts'
import { askForUsers } from '../harness/point-reads.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What does the performance monitor cost where a request does least: one user by its number?',
  variants: [
    { name: 'without', env: { OPTIMIZATIONS_OFF: 'performance-monitor' } },
    { name: 'with', env: {} }
  ],
  prepare: askForUsers
}
export default claim
