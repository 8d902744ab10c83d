import type { ServerClaim } from '../harness/claim.ts'
import { askForUsers } from '../harness/many-users.ts'
import { measureExport } from './export-memory.ts'

const PLAIN = { OPTIMIZATIONS_OFF: 'compression' }

const claim: ServerClaim = {
  kind: 'servers',
  question: "What does a stream save against the design note's export, which collects all users in an array? (EXPORT_ROWS says how many, 50,000 by default)",
  variants: [{ name: 'array', env: PLAIN, collects: true }, { name: 'stream', env: PLAIN }],
  defaults: { rounds: 3, users: 100 },
  prepare: askForUsers,
  measure: measureExport
}
export default claim
