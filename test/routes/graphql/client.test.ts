import { Client, fetchExchange, gql } from '@urql/core'
import t from 'tap'
import { addPerson } from '../../people.ts'
import { buildGraphql, fillMarket } from './client.ts'

t.test('a GraphQL client of others reads, signs in and gets its errors', async (t) => {
  const { fastify, url } = await buildGraphql(t)
  await fillMarket(fastify, { count: 3 })
  const signIn = async () => {
    await addPerson(fastify, 'somebody')
    const response = await fetch(url.replace('graphql', 'v1/sessions'), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: 'somebody', password: 'demo-password' }) })
    return await response.json() as { access_token: string }
  }
  const anonymous = new Client({ url, exchanges: [fetchExchange], preferGetMethod: true })
  const { access_token: token } = await signIn()
  const signedIn = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false, fetchOptions: { headers: { authorization: `Bearer ${token}` } } })
  const me = gql`query Me { me { username } }`

  const page = await anonymous.query(gql`query Page($first: Int) { signals(first: $first) { edges { node { symbol analyst { name } } } } }`, { first: 2 })
  t.match(page, { error: undefined, data: { signals: { edges: [{ node: { analyst: { name: 'Analyst 2' } } }, { node: { analyst: { name: 'Analyst 1' } } }] } } })
  t.match(await signedIn.query(me, {}), { error: undefined, data: { me: { username: 'somebody' } } })
  t.match((await anonymous.query(me, {})).error?.graphQLErrors, [{ message: 'Sign in first', extensions: { code: 'UNAUTHENTICATED' } }])
  t.match((await anonymous.query(gql`query Wrong { nothing }`, {})).error?.graphQLErrors, [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }])
  t.match(await signedIn.mutation(gql`mutation Rename { updateProfile(input: { username: "renamed" }) { username } }`, {}), { data: { updateProfile: { username: 'renamed' } } })
})
