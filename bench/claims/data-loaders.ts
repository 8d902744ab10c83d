import type { FastifyInstance } from 'fastify'
import type { LoadRequest, ServerClaim } from '../harness/claim.ts'
import { adminHeaders } from '../harness/tokens.ts'
import { WITHOUT_CACHES, without } from '../harness/variants.ts'

const QUERY = 'query Feed { signals(first: 50) { edges { node { id symbol status analyst { name rank user { userId username } } } } } }'

/** A page of 50 signals with each one's analyst and the analyst's user. */
export async function askForFeed (fastify: FastifyInstance): Promise<LoadRequest[]> {
  return [{ method: 'POST', path: '/graphql', headers: adminHeaders(fastify), body: JSON.stringify({ query: QUERY, operationName: 'Feed' }) }]
}

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What do data loaders do for a page of 50 signals with analyst and user?',
  variants: [
    { name: 'without data loaders', env: without('data-loaders') },
    { name: 'with data loaders', env: WITHOUT_CACHES }
  ],
  prepare: askForFeed
}
export default claim
