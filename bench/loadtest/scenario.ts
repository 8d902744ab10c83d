import type { LoadRequest } from '../harness/claim.ts'

/** `cached`: what everybody sees, made once for all; `uncached`: made for each request, of the caller's own data. */
export type Class = 'cached' | 'uncached'

/** A kind of question, and how it is asked. */
export interface Kind {
  name: string
  class: Class
  /** Its share of all questions, of the sum of all parts. */
  part: number
  requests: LoadRequest[]
  /** By a user who is signed in. */
  isSignedIn?: boolean
  /** With the entity tag of the last answer, as clients that have it do. */
  isConditional?: boolean
  /** An answer must have no `errors`, whatever its status. */
  isGraphQL?: boolean
}

const ANALYSTS = 60
const COMPRESSED = { 'accept-encoding': 'br, gzip' }
const RANKING = 'query Ranking { topAnalysts(first: 10) { id name rank signals(first: 3) { edges { node { id symbol side status createdAt } } } } }'
const ACCOUNT = 'query Account { me { userId username tier balance } signals(first: 10, status: ACTIVE) { edges { node { id symbol side entry } } } }'

const read = (path: string): LoadRequest => ({ method: 'GET', path, headers: COMPRESSED })
const query = (text: string): LoadRequest => ({ method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: text }) })

/** What users of the platform read: mostly what everybody sees, sometimes what is their own. */
export function makeScenario (analysts: readonly string[], hasSignedIn: boolean): Kind[] {
  const signals = ['/v1/signals', '/v1/signals?status=active', '/v1/signals?status=hit&limit=50'].map(read)
  const kinds: Kind[] = [
    { name: 'signals', class: 'cached', part: 20, requests: signals },
    { name: 'signals, by entity tag', class: 'cached', part: 15, requests: signals, isConditional: true },
    { name: 'analysts', class: 'cached', part: 15, requests: ['/v1/analysts', '/v1/analysts?limit=50'].map(read) },
    { name: 'an analyst', class: 'cached', part: 15, requests: analysts.map((id) => read(`/v1/analysts/${id}`)) },
    { name: "an analyst's signals", class: 'cached', part: 10, requests: analysts.map((id) => read(`/v1/analysts/${id}/signals`)) },
    { name: 'GraphQL, public', class: 'cached', part: 10, requests: [query(RANKING)], isGraphQL: true },
    { name: 'own profile', class: 'uncached', part: 5, requests: [read('/v1/users/me')], isSignedIn: true },
    { name: 'own transactions', class: 'uncached', part: 4, requests: [read('/v1/users/me/transactions')], isSignedIn: true },
    { name: 'signals as a user', class: 'uncached', part: 3, requests: [read('/v1/signals')], isSignedIn: true },
    { name: 'GraphQL, own', class: 'uncached', part: 3, requests: [query(ACCOUNT)], isSignedIn: true, isGraphQL: true }
  ]
  return kinds.filter(({ isSignedIn = false }) => hasSignedIn || !isSignedIn)
}

/** Some analysts that a server has. */
export async function findAnalysts (origin: string): Promise<string[]> {
  const response = await fetch(`${origin}/v1/analysts?limit=${ANALYSTS}&fields=id`)
  if (!response.ok) throw new Error(`${origin}/v1/analysts answers ${response.status}`)
  const { data } = await response.json() as { data: { id: string }[] }
  if (data.length === 0) throw new Error(`${origin} has no data: npm run seed`)
  return data.map(({ id }) => id)
}

/** Access token of a user, or none where the password is not right. */
export async function signIn (origin: string, username: string, password: string): Promise<string[]> {
  const response = await fetch(`${origin}/v1/sessions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password }) })
  if (response.status === 401) return []
  if (!response.ok) throw new Error(`${origin}/v1/sessions answers ${response.status}`)
  const { access_token: token } = await response.json() as { access_token: string }
  return [token]
}

/** Chooses a kind by a place in [0, 1), each as often as its part says. */
export function createChoice (kinds: readonly Kind[]): (choice: number) => Kind {
  const all = kinds.reduce((sum, { part }) => sum + part, 0)
  return function choose (choice) {
    let left = choice * all
    return kinds.find(({ part }) => (left -= part) < 0) ?? kinds[0] as Kind
  }
}
