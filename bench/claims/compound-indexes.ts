import type { ServerClaim } from '../harness/claim.ts'
import { adminHeaders } from '../harness/tokens.ts'
import { WITHOUT_CACHES, without } from '../harness/variants.ts'

const USERS_ASKED = 200

const claim: ServerClaim = {
  kind: 'servers',
  question: "What do the compound indexes do for the lists: a user's transactions, an analyst's signals, the newest signals, the best analysts?",
  variants: [
    { name: 'without compound indexes', env: without('compound-indexes'), database: 'plain' },
    { name: 'with compound indexes', env: WITHOUT_CACHES, database: 'indexed' }
  ],
  async prepare (fastify, { users }) {
    const headers = adminHeaders(fastify)
    const { items } = await fastify.analystsRepository.list({ sort: 'rank', limit: 20 })
    return Array.from({ length: Math.min(users, USERS_ASKED) }, (_, n) => [
      `/v1/users/${n + 1}/transactions`,
      `/v1/analysts/${items[n % items.length]?._id.toHexString()}/signals`,
      '/v1/signals',
      '/v1/analysts?active=true&sort=rank'
    ]).flat().map((path) => ({ method: 'GET', path, headers }))
  }
}
export default claim
