import type { FastifyInstance } from 'fastify'
import type { LoadRequest, ServerClaim } from '../harness/claim.ts'
import { adminHeaders } from '../harness/tokens.ts'

const QUERY = 'query Best { topAnalysts(first: 20) { id name rank } }'
/** Analysts that are asked for, each twice and for other fields: so the second answer is not a kept one, and its value counts as hot. */
const ASKED = 30

const claim: ServerClaim = {
  kind: 'starts',
  question: 'What does warming do for the first requests after a start?',
  variants: [
    { name: 'without cache warming', env: { OPTIMIZATIONS_OFF: 'cache-warming' } },
    { name: 'with cache warming', env: {} }
  ],
  async prepare (fastify: FastifyInstance): Promise<LoadRequest[]> {
    const headers = adminHeaders(fastify)
    const { items } = await fastify.analystsRepository.list({ sort: 'rank', limit: ASKED })
    const paths = ['name', 'rank'].flatMap((field) => items.map(({ _id }) => `/v1/analysts/${_id.toHexString()}?fields=${field}`))
    return [
      { method: 'POST', path: '/graphql', headers, body: JSON.stringify({ query: QUERY, operationName: 'Best' }) },
      ...paths.map((path): LoadRequest => ({ method: 'GET', path, headers }))
    ]
  }
}
export default claim
