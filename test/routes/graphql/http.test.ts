import { auditServer } from 'graphql-http'
import t from 'tap'
import { buildApp } from '../../helper.ts'
import { addPerson } from '../../people.ts'
import { buildGraphql, type Answer } from './client.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8'
const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: '{ __typename }' }) }

function code ({ errors }: Answer): string | undefined {
  return errors?.[0]?.extensions.code
}

t.test('the endpoint passes every published audit of GraphQL over HTTP', async (t) => {
  const { url } = await buildGraphql(t)
  const results = await auditServer({ url })

  t.ok(results.length >= 60)
  for (const result of results) t.equal(result.status, 'ok', `${result.id} ${result.name}`)
})

t.test('answers have the media type that the client likes best', async (t) => {
  const { url } = await buildGraphql(t)
  const cases: Array<[string | undefined, number, string]> = [
    [undefined, 200, JSON_TYPE],
    ['*/*', 200, JSON_TYPE],
    ['application/*', 200, JSON_TYPE],
    ['application/graphql-response+json', 200, GRAPHQL_TYPE],
    ['application/graphql-response+json; charset=utf-8, application/json; charset=utf-8', 200, GRAPHQL_TYPE],
    ['application/json;q=0.5, application/graphql-response+json', 200, GRAPHQL_TYPE],
    ['application/json, application/graphql-response+json;q=0.9', 200, JSON_TYPE],
    ['application/graphql-response+json;q=0, application/json', 200, JSON_TYPE],
    ['text/html, */*;q=0.1', 200, JSON_TYPE],
    ['text/html', 406, JSON_TYPE]
  ]
  for (const [accept, status, type] of cases) {
    const response = await fetch(url, { ...post, headers: { ...post.headers, ...(accept && { accept }) } })
    t.strictSame([response.status, response.headers.get('content-type')], [status, type], accept ?? 'no header')
    t.match(response.headers.get('vary'), status === 200 ? 'Accept, Authorization, X-API-Key' : /Authorization/)
  }
})

t.test('any number of Accept headers is remembered in bounded memory', async (t) => {
  const { fastify } = await buildGraphql(t)
  for (let i = 0; i < 250; i++) {
    const { headers } = await fastify.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json', accept: `application/json;q=0.${i + 1}` }, payload: post.body })
    if (i % 50 === 0) t.equal(headers['content-type'], JSON_TYPE)
  }
})

t.test('the status says how far a request came, by the media type of its answer', async (t) => {
  const { url } = await buildGraphql(t)
  const cases: Array<[string, number, number, string | undefined]> = [
    ['{ __typename }', 200, 200, undefined],
    ['{ me { userId } }', 200, 294, 'UNAUTHENTICATED'],
    ['{', 200, 400, 'GRAPHQL_PARSE_FAILED'],
    ['{ nothing }', 200, 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['{ __typename @skip(unless: false) }', 200, 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['query ($id: ID!) { signal(id: $id) { id } }', 200, 400, 'BAD_USER_INPUT'],
    ['query A { __typename } query B { __typename }', 200, 400, 'BAD_USER_INPUT']
  ]
  for (const [query, json, graphql, expected] of cases) {
    for (const [accept, status] of [['application/json', json], ['application/graphql-response+json', graphql]] as const) {
      for (const round of [1, 2, 3]) {
        const response = await fetch(url, { ...post, headers: { ...post.headers, accept }, body: JSON.stringify({ query, variables: {} }) })
        const answer = await response.json() as Answer
        t.equal(response.status, status, `${accept} ${query} ${round}`)
        t.equal(code(answer), expected)
        if (status === 400) t.notOk('data' in answer)
      }
    }
  }
})

t.test('what is not a GraphQL request is refused with a code', async (t) => {
  const { url } = await buildGraphql(t)
  const json = post.headers
  const cases: Array<[RequestInit, number, string]> = [
    [{ method: 'POST', headers: json, body: '{ "query": ' }, 400, 'BAD_REQUEST'],
    [{ method: 'POST', headers: json, body: '' }, 400, 'BAD_REQUEST'],
    [{ method: 'POST', headers: json, body: '"{ __typename }"' }, 400, 'BAD_REQUEST'],
    [{ method: 'POST', headers: json, body: '[]' }, 400, 'BAD_REQUEST'],
    [{ method: 'POST', headers: json, body: '{ "query": "{ __typename }", "variables": [] }' }, 400, 'BAD_REQUEST'],
    [{ method: 'POST', headers: { 'content-type': 'application/json; charset=utf-16' }, body: post.body }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [{ method: 'POST', headers: { 'content-type': 'text/plain' }, body: post.body }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [{ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query={__typename}' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [{ method: 'POST', body: new FormData() }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [{ method: 'POST', headers: json, body: JSON.stringify({ query: ' '.repeat(102_400) }) }, 413, 'PAYLOAD_TOO_LARGE'],
    [{ ...post, headers: { ...json, authorization: 'Bearer nonsense' } }, 401, 'UNAUTHENTICATED']
  ]
  for (const [init, status, expected] of cases) {
    const response = await fetch(url, init)
    t.equal(response.status, status, expected)
    t.equal(response.headers.get('content-type'), JSON_TYPE)
    t.equal(code(await response.json() as Answer), expected)
  }
  const refused = await fetch(url, { ...post, headers: { ...json, authorization: 'Bearer nonsense' } })
  t.match(refused.headers.get('www-authenticate'), /^Bearer/)
})

t.test('GET and HEAD read, and change nothing', async (t) => {
  const { url } = await buildGraphql(t)
  const get = async (parameters: Record<string, string>, init: RequestInit = {}) => await fetch(`${url}?${new URLSearchParams(parameters)}`, init)
  const query = 'query Read { __typename } mutation Write { updateProfile(input: { username: "other" }) { userId } }'

  for (const round of [1, 2, 3]) {
    const read = await get({ query, operationName: 'Read' })
    t.strictSame([read.status, await read.json()], [200, { data: { __typename: 'Query' } }], `round ${round}`)
    const write = await get({ query, operationName: 'Write' })
    t.strictSame([write.status, write.headers.get('allow'), code(await write.json() as Answer)], [405, 'POST', 'METHOD_NOT_ALLOWED'])
  }
  for (let i = 0; i < 3; i++) await fetch(url, { ...post, body: JSON.stringify({ query, operationName: 'Write' }) })
  for (const text of [`${query}\n#Write`, `${query}\n#`]) {
    t.match(await (await get({ query: text })).json(), { data: undefined, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }, 'a comment names no operation')
  }
  t.strictSame(await (await get({ query: '{ __typename }', operationName: '' })).json(), { data: { __typename: 'Query' } }, 'an empty name is none')
  t.match(await (await get({ query: 'mutation {' })).json(), { errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] })
  t.equal((await get({ query: '{ __typename }', variables: '{' })).status, 400)

  const head = await get({ query: '{ __typename }' }, { method: 'HEAD' })
  t.strictSame([head.status, await head.text()], [200, ''])
  const put = await fetch(url, { ...post, method: 'PUT' })
  t.strictSame([put.status, put.headers.get('allow')], [405, 'GET, POST, HEAD'])
})

t.test('an answer to a signed-in user is for no cache', async (t) => {
  const { fastify, url } = await buildGraphql(t)
  const { headers } = await addPerson(fastify, 'person')
  const response = await fetch(url, { ...post, headers: { ...post.headers, ...headers } })

  t.match(response.headers.get('cache-control'), /private|no-store/)
})

t.test('GraphiQL is one page that loads nothing from elsewhere, and not there in production', async (t) => {
  const { fastify } = await buildGraphql(t)
  const page = await fastify.inject('/graphiql')
  t.match(page.headers['content-security-policy'], /^default-src 'none';(?!.*(?:https?:|\*)).*frame-ancestors 'none'$/)
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], 'text/html')
  t.match(page.body, '"endpoint":"/graphql"')
  t.notMatch(page.body, /<(script|link)[^>]+(src|href)="?https?:/)

  const production = await buildApp(t, { env: { NODE_ENV: 'production', MONGODB_URI: fastify.databaseAddress, JWT_SECRET: 's'.repeat(32), LOG_LEVEL: 'silent' } })
  t.equal((await production.inject('/graphiql')).statusCode, 404)
  t.equal((await production.inject('/graphql?query={__typename}')).statusCode, 200)
})
