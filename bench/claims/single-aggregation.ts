import type { ServerClaim, Variant } from '../harness/claim.ts'
import { adminHeaders } from '../harness/tokens.ts'
import { WITHOUT_CACHES, without } from '../harness/variants.ts'

const USERS_ASKED = 500

export const variants: readonly [Variant, Variant] = [
  { name: 'three queries', env: without('single-aggregation') },
  { name: 'one aggregation', env: WITHOUT_CACHES }
]

const claim: ServerClaim = {
  kind: 'servers',
  question: "What does one aggregation instead of three queries do for a user's statistics?",
  variants,
  async prepare (fastify, { users }) {
    const headers = adminHeaders(fastify)
    return Array.from({ length: Math.min(users, USERS_ASKED) }, (_, n) => ({ method: 'GET' as const, path: `/v1/users/${n + 1}/stats`, headers }))
  }
}
export default claim
