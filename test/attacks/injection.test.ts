import { buildSchema, type GraphQLField } from 'graphql'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { BUY } from '../people.ts'
import { json, listen } from './helper.ts'

const ID = 'f'.repeat(24)
const OPERATORS: unknown[] = [
  { $ne: null }, { $gt: '' }, { $gte: 0 }, { $in: ['a'] }, { $nin: [] }, { $regex: '.*' }, { $where: 'sleep(5000)' }, { $exists: true }, { $expr: { $eq: [1, 1] } }, { $function: 'x' },
  [], ['a'], [{ $ne: null }], {}, { a: 1 }
]
const TEXTS = ['$ne', '{"$ne":null}', '$where: sleep(5000)', "' || '1'=='1", '\\', '.*', '(a+)+$', '\u0000', '%00', '$$ROOT', '$user_id', 'a.b', '../..', '__proto__']

interface Parameter { name: string, in: string, schema?: { type?: string } }
interface Operation { parameters?: Parameter[], requestBody?: { content: Record<string, { schema: { properties: object } }> } }
type Paths = Record<string, Record<string, Operation>>

/** A path with values that fit, but for one parameter. */
function fill (path: string, name?: string, value = ''): string {
  return path.replace(/\{(\w+)\}/g, (_, key: string) => key === name ? encodeURIComponent(value) : ({ user_id: '1', symbol: 'BTCUSDT' }[key] ?? ID))
}

interface Attempt { url: string, body: unknown }

function attemptsOfQuery (path: string, { parameters = [] }: Operation): Attempt[] {
  return parameters.filter((parameter) => parameter.in === 'query').flatMap(({ name }) => [
    ...['[$ne]=1', '[$gt]=1', '[$where]=1', '[]=1', '.$ne=1', '[a][b]=1', `=1&${name}=2`].map((end) => `${name}${end}`),
    ...TEXTS.map((text) => `${name}=${encodeURIComponent(text)}`)
  ].map((query) => ({ url: `${fill(path)}?${query}`, body: {} })))
}

function attemptsOfPath (path: string, { parameters = [] }: Operation): Attempt[] {
  // a slash ends a part of a path
  const texts = TEXTS.filter((text) => !text.includes('/'))
  return parameters.filter((parameter) => parameter.in === 'path').flatMap(({ name }) => texts.map((text) => ({ url: fill(path, name, text), body: {} })))
}

function attemptsOfBody (path: string, { requestBody }: Operation): Attempt[] {
  const fields = Object.keys(requestBody?.content['application/json']?.schema.properties ?? {})
  return fields.flatMap((field) => OPERATORS.map((operator) => ({ url: fill(path), body: { [field]: operator } })))
}

/** Whether any text is a name there, which is looked up among known ones, and is not found. */
const isName = (url: string): boolean => url.startsWith('/v1/payments/callbacks/') || url === '/v1/admin/payment-events/a.b'

t.test('no operator comes through any parameter, path or body that OpenAPI knows', async (t) => {
  const { origin, fastify, people: { admin }, isWell } = await listen(t)
  const { paths } = (await fastify.inject('/openapi.json')).json<{ paths: Paths }>()
  const headers = { ...admin.headers, 'if-match': '*' }
  const attempts = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).flatMap(([method, operation]) =>
    [...attemptsOfQuery(path, operation), ...attemptsOfPath(path, operation), ...attemptsOfBody(path, operation)].map((attempt) => ({ method: method.toUpperCase(), ...attempt }))))

  t.ok(attempts.length > 500, `${attempts.length} requests`)
  for (const { method, url, body } of attempts) {
    const { status } = await fetch(origin + url, method === 'GET' ? { headers } : json(body, headers, method))
    t.ok(status >= 400 && status < 500 && (status !== 404 || isName(url)), `${method} ${url} ${JSON.stringify(body)}: ${status}`)
  }
  t.ok(await isWell())
})

t.test('operators in otherwise valid bodies are refused, and sign nobody in', async (t) => {
  const { origin, people: { analyst }, isWell } = await listen(t)
  const signIn = { username: 'admin', password: 'demo-password' }
  for (const operator of OPERATORS) {
    for (const body of [{ ...signIn, username: operator }, { ...signIn, password: operator }]) t.equal((await fetch(`${origin}/v1/sessions`, json(body))).status, 400)
    t.equal((await fetch(`${origin}/v1/sessions/refresh`, json({ refresh_token: operator }))).status, 400)
    for (const field of ['symbol', 'side', 'entry', 'stop_loss']) t.equal((await fetch(`${origin}/v1/signals`, json({ ...BUY, [field]: operator }, analyst.headers))).status, 400)
  }
  for (const text of TEXTS) t.equal((await fetch(`${origin}/v1/sessions`, json({ ...signIn, username: text }))).status, 401, text)
  t.ok(await isWell())
})

t.test('no operator comes through a variable or a literal of GraphQL', async (t) => {
  const { origin, people: { admin }, isWell } = await listen(t)
  const schema = buildSchema(await readFile(join(import.meta.dirname, '../../schemas/schema.graphql'), 'utf8'), { assumeValidSDL: true })
  const types = { query: schema.getQueryType(), mutation: schema.getMutationType() }
  const fields = Object.entries(types).flatMap(([kind, type]): [string, GraphQLField<unknown, unknown>][] => Object.values(type?.getFields() ?? {}).map((field) => [kind, field]))

  for (const [kind, { name, args, type }] of fields) {
    for (const argument of args) {
      for (const operator of [{ $ne: null }, { $gt: '' }, { $where: '1' }, [{ $ne: null }]]) {
        const selection = String(type).startsWith('[') || schema.getType(String(type)) ? '{ __typename }' : ''
        const others = args.filter((other) => other !== argument && String(other.type).endsWith('!')).map(({ name }) => `${name}: null`)
        const query = `${kind}($a: ${String(argument.type)}) { ${name}(${[`${argument.name}: $a`, ...others].join(', ')}) ${selection} }`
        const response = await fetch(`${origin}/graphql`, json({ query, variables: { a: operator } }, admin.headers))
        t.match(await response.json(), { errors: [{ extensions: { code: /BAD_USER_INPUT|VALIDATION_FAILED/ } }] }, `${name} ${argument.name}`)
      }
    }
  }
  for (const query of ['{ user(userId: {a: 1}) { userId } }', '{ signal(id: ["a"]) { id } }', '{ signals(symbol: {ne: 1}) { edges { cursor } } }', '{ signals(after: "eyIkbmUiOjF9") { edges { cursor } } }']) {
    t.match(await (await fetch(`${origin}/graphql`, json({ query }, admin.headers))).json(), { errors: [{ extensions: { code: String } }] }, query)
  }
  t.ok(await isWell())
})

t.test('headers and cursors are texts and never operators', async (t) => {
  const { origin, fastify, people: { analyst }, isWell } = await listen(t)
  const { id } = await fastify.signals.create(analyst.caller, BUY)
  for (const text of ['{"$ne":null}', '{"$gt":0}', '$ne', '[1]', '"$ne"', '"1" || true', 'W/"1"', '"99999999999999999999"']) {
    const changed = await fetch(`${origin}/v1/signals/${id}`, json({ status: 'hit' }, { ...analyst.headers, 'if-match': text }, 'PATCH'))
    t.ok(changed.status === 400 || changed.status === 412, `If-Match ${text}: ${changed.status}`)
    for (const name of ['authorization', 'x-request-id', 'x-api-key', 'idempotency-key', 'if-none-match', 'accept', 'accept-encoding']) {
      const { status } = await fetch(`${origin}/v1/signals`, { headers: { [name]: text } })
      t.ok(status < 500, `${name} ${text}: ${status}`)
    }
  }
  for (const value of [{ $ne: null }, [{ $gt: '' }], ['signals', { $gt: 0 }, ID], ['signals', 0, { $ne: ID }], ['signals', Number.MAX_VALUE, 'x'], 'signals']) {
    const cursor = Buffer.from(JSON.stringify(value)).toString('base64url')
    t.equal((await fetch(`${origin}/v1/signals?cursor=${cursor}`)).status, 400, JSON.stringify(value))
  }
  t.ok(await isWell())
})
