import { get } from 'node:http'
import t from 'tap'
import { addPerson } from '../people.ts'
import { buildTarget, type Attack } from './graphql.ts'

const MUTATION = 'mutation { updateProfile(input: { username: "stolen" }) { username } }'
const FORM_TYPES = ['text/plain', 'text/plain;application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'application/graphql', 'application/jsonp']

const ATTACKS: Attack[] = [
  ...FORM_TYPES.map((type): Attack => ({ name: `a body of type ${type}, which a form of another site can send`, body: JSON.stringify({ query: MUTATION }), headers: { 'content-type': type }, status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' })),
  { name: 'a change by GET, as an image of another site asks for', search: { query: MUTATION }, status: 405, code: 'METHOD_NOT_ALLOWED' },
  { name: 'a change by GET under a comment', search: { query: `# query\n${MUTATION}` }, status: 405, code: 'METHOD_NOT_ALLOWED' },
  { name: 'a change by GET, named among others', search: { query: `query A { __typename } ${MUTATION.replace('mutation', 'mutation B')}`, operationName: 'B' }, status: 405, code: 'METHOD_NOT_ALLOWED' },
  { name: 'a change by GET beside another that is not named', search: { query: `query A { __typename } ${MUTATION.replace('mutation', 'mutation B')}` }, status: 400, code: 'BAD_USER_INPUT' },
  { name: 'a batch by GET', search: { query: '[{"query":"{ __typename }"}]' }, status: 400, code: 'GRAPHQL_PARSE_FAILED' },
  { name: 'a subscription, of which there are none', body: { query: 'subscription { signals { edges { cursor } } }' }, status: 400, code: 'SUBSCRIPTIONS_OFF' }
]

t.test('nothing changes by what another site can make a browser send', async (t) => {
  const { fastify, url, attack } = await buildTarget(t)
  const { headers, user_id: id } = await addPerson(fastify, 'owner')
  for (const one of ATTACKS) await attack({ ...one, headers: { ...headers, ...one.headers } })
  const untyped = await fetch(url, { method: 'POST', headers, body: new Blob([JSON.stringify({ query: MUTATION })]) })
  t.equal(untyped.status, 415, 'a body without a type')

  const user = await fastify.mongo.db?.collection('users').findOne({ user_id: id })
  t.equal(user?.username, 'owner')
})

t.test('there is no WebSocket', async (t) => {
  const { url } = await buildTarget(t)
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-protocol': 'graphql-transport-ws' }
  const status = await new Promise<number | undefined>((resolve, reject) => {
    get(url, { headers: upgrade }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('upgrade', () => { resolve(101) }).on('error', reject)
  })
  t.equal(status, 400)
})
