import type { ServerClaim } from '../harness/claim.ts'

const QUERY = 'query List { signals(first: 50) { edges { node { id symbol side status createdAt } } } }'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What does a kept GraphQL answer of 50 rows cost, against a bare node:http with JSON.stringify of 1 KB?',
  variants: [{ name: 'bare node:http', env: {}, bare: 'http' }, { name: 'GraphQL, kept', env: {} }],
  defaults: { connections: 20 },
  prepare: async () => [{ method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: QUERY, operationName: 'List' }) }]
}
export default claim
