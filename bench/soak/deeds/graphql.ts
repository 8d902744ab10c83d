import { createHash } from 'node:crypto'
import type { Deed, Scene } from '../scene.ts'

/** More documents than the server keeps compiled (256) and fewer than it keeps by their hash (1,000). */
const DOCUMENTS = 600
const ONE_OF_MANY = ['symbol', 'side', 'status', 'entry', 'createdAt', 'version'] as const
const BY_VARIABLES = 'query Page($first: Int, $status: SignalStatus) { signals(first: $first, status: $status) { edges { node { id symbol analyst { name user { username } } } } pageInfo { endCursor hasNextPage } } }'

/** Document of a number, another one for each. */
function documentOf (number: number): string {
  const fields = ONE_OF_MANY.filter((_, bit) => (number >> bit & 1) === 1)
  return `{ topAnalysts(first: ${1 + number % 10}) { name rank signals(first: ${1 + number % 7}) { edges { node { id ${fields.join(' ')} } } } } } # ${number}`
}

async function send ({ client, address }: Scene, path: string, body?: object, headers: Record<string, string> = address()): Promise<number> {
  const answer = await client.send({ method: body === undefined ? 'GET' : 'POST', path, headers, ...(body !== undefined && { body }) })
  return answer.status === 200 && answer.body.includes('"errors"') ? 0 : answer.status
}

/** As Apollo's clients do: by the hash, and with the text where it is not known. */
async function askByHash (scene: Scene): Promise<number> {
  const query = documentOf(scene.random.below(DOCUMENTS))
  const sha256Hash = createHash('sha256').update(query).digest('hex')
  const path = `/graphql?extensions=${encodeURIComponent(JSON.stringify({ persistedQuery: { version: 1, sha256Hash } }))}`
  return await send(scene, path) || await send(scene, `${path}&query=${encodeURIComponent(query)}`)
}

function askMany (scene: Scene): Promise<number> {
  const batch = Array.from({ length: scene.random.between(2, 5) }, () => ({ query: documentOf(scene.random.below(DOCUMENTS)) }))
  return send(scene, '/graphql', batch)
}

function askPage (scene: Scene): Promise<number> {
  const { random } = scene
  return send(scene, '/graphql', { query: BY_VARIABLES, operationName: 'Page', variables: { first: random.between(1, 50), status: random.pick(['ACTIVE', 'HIT', null]) } }, random.pick(scene.readers))
}

const WRONG = ['{ nothing }', '{ signals(first: 1000) { edges { node { id } } } }', '{ topAnalysts { ', 'query A { me { username } } query B { me { balance } }', '{ me { balance } '] as const

async function askWrongly ({ client, random, address }: Scene): Promise<number> {
  const { status } = await client.send({ method: 'POST', path: '/graphql', headers: address(), body: { query: random.pick(WRONG) } })
  return status
}

/** The same data by GraphQL. */
export const GRAPHQL: readonly Deed[] = [
  { name: 'GraphQL, many documents', part: 6, statuses: [200], run: (scene) => send(scene, '/graphql', { query: documentOf(scene.random.below(DOCUMENTS)) }) },
  { name: 'GraphQL, one document', part: 6, statuses: [200], run: askPage },
  { name: 'GraphQL by hash', part: 4, statuses: [200], run: askByHash },
  { name: 'GraphQL, batches', part: 2, statuses: [200], run: askMany },
  { name: 'GraphQL, refused', part: 2, statuses: [200, 400], run: askWrongly }
]
