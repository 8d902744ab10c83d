import type { FastifyInstance } from 'fastify'
import type { LoadRequest, ServerClaim } from '../harness/claim.ts'
import { adminHeaders } from '../harness/tokens.ts'

const QUERY = 'query Feed { signals(first: 50) { edges { node { id symbol status analyst { name rank user { userId username } } } } } }'

/** A page of 50 signals with each one's analyst and the analyst's user. */
export async function askForFeed (fastify: FastifyInstance): Promise<LoadRequest[]> {
  return [{ method: 'POST', path: '/graphql', headers: adminHeaders(fastify), body: JSON.stringify({ query: QUERY, operationName: 'Feed' }) }]
}

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What do data loaders do for a page of 50 signals with analyst and user?',
  variants: [
    { name: 'without data loaders', env: { OPTIMIZATIONS_OFF: 'data-loaders' } },
    { name: 'with data loaders', env: {} }
  ],
  prepare: askForFeed
}
export default claim
