import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { addPeople } from '../../people.ts'
import { buildGraphql, type Answer } from './client.ts'

const ADJUST = 'mutation ($input: CreateAdjustmentInput!) { createAdjustment(input: $input) { id userId kind amount status reference createdAt } }'

async function build (t: Test) {
  const { fastify, url } = await buildGraphql(t)
  const people = await addPeople(fastify)
  const input = { userId: String(people.user.user_id), amount: '5.000000', reason: 'ticket' }

  async function send (body: unknown, key: string | null = 'key', headers: Record<string, string> = people.admin.headers) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers, ...(key !== null && { 'idempotency-key': key }) }, body: JSON.stringify(body) })
    const text = await response.text()
    const answer = JSON.parse(text) as Answer<{ createAdjustment: Record<string, string> | null }>
    return { text, answer, code: answer.errors?.[0]?.extensions.code, data: answer.data?.createAdjustment, replayed: response.headers.get('idempotent-replayed') }
  }
  const adjust = (changes: object = {}, key?: string | null, headers?: Record<string, string>) => send({ query: ADJUST, variables: { input: { ...input, ...changes } } }, key, headers)
  return { fastify, people, input, send, adjust }
}

const countOf = (fastify: FastifyInstance) => fastify.documents.collection('transactions').countDocuments()
const keysOf = (fastify: FastifyInstance) => fastify.documents.collection('idempotency_keys')

t.test('the same key and input give the same bytes, and do it once', async (t) => {
  const { fastify, people, adjust } = await build(t)
  const [first, second] = [await adjust(), await adjust()]

  t.match(first, { replayed: null, code: undefined, data: { userId: String(people.user.user_id), kind: 'ADJUSTMENT', amount: '5.000000', status: 'COMPLETED', reference: 'ticket' } })
  t.match(second, { replayed: 'true', text: first.text })
  t.equal(await countOf(fastify), 1)
  t.equal((await fastify.usersRepository.findById(people.user.user_id))?.balance, 10_005_000_000)
  const { data } = (await fastify.inject({ url: '/v1/audit-log', headers: people.admin.headers })).json<{ data: unknown[] }>()
  t.match(data, [{ action: 'adjustment', actor_id: people.admin.user_id, target: `user:${people.user.user_id}`, outcome: 'ok' }])
  t.equal(data.length, 1, 'what was not done again is not recorded again')
})

t.test('a key stands for what is done, however it is spelt and whatever is asked of it', async (t) => {
  const { fastify, input, send, adjust } = await build(t)
  const first = await adjust()
  const literal = `createAdjustment(input: { reason: "ticket", amount: "5.000000", userId: ${input.userId} })`
  const other = await send({ query: `mutation Named { ${literal} { id amount user { userId } } }`, operationName: 'Named' })

  t.match(other, { replayed: 'true', data: { id: first.data?.id, amount: '5.000000', user: { userId: input.userId } } })
  for (const changes of [{ amount: '6.000000' }, { reason: 'another' }, { userId: '1' }]) t.match(await adjust(changes), { code: 'IDEMPOTENCY_KEY_REUSED', data: null, replayed: null })
  t.match(await adjust({ amount: '6.000000' }, 'another'), { code: undefined, replayed: null })
  t.equal(await countOf(fastify), 2)
})

t.test('REST and GraphQL share the keys of a caller, and never each other’s answers', async (t) => {
  const { fastify, people, input, adjust } = await build(t)
  await adjust()
  const payload = { user_id: people.user.user_id, amount: input.amount, reason: input.reason }
  const rest = (key: string) => fastify.inject({ method: 'POST', url: '/v1/admin/adjustments', headers: { ...people.admin.headers, 'idempotency-key': key }, payload })

  t.match((await rest('key')).json(), { status: 422, code: 'IDEMPOTENCY_KEY_REUSED' })
  t.equal((await rest('of REST')).statusCode, 400)
  t.equal((await rest('of-REST')).statusCode, 201)
  t.match(await adjust({}, 'of-REST'), { code: 'IDEMPOTENCY_KEY_REUSED' })
  t.equal(await countOf(fastify), 2)
})

t.test('without a key, or with one that is none, nothing is done', async (t) => {
  const { fastify, adjust } = await build(t)
  t.match(await adjust({}, null), { code: 'IDEMPOTENCY_KEY_REQUIRED', data: null })
  for (const key of ['', 'a b', 'x'.repeat(256)]) t.match(await adjust({}, key), { code: 'VALIDATION_FAILED', data: null }, key)
  t.equal(await countOf(fastify), 0)
  t.equal(await keysOf(fastify).countDocuments(), 0)
})

t.test('who may not do it claims no key', async (t) => {
  const { fastify, people, adjust } = await build(t)
  t.match(await adjust({}, 'key', {}), { code: 'UNAUTHENTICATED' })
  t.match(await adjust({}, 'key', people.user.headers), { code: 'FORBIDDEN' })
  t.match(await adjust({ amount: '1.5' }), { code: 'BAD_USER_INPUT' })
  t.match(await adjust({ reason: '' }), { code: 'VALIDATION_FAILED' })
  t.equal(await keysOf(fastify).countDocuments(), 0)
})

t.test('of many at once with one key one does it', async (t) => {
  const { fastify, adjust } = await build(t)
  const answers = await Promise.all(Array.from({ length: 20 }, () => adjust()))

  t.equal(await countOf(fastify), 1)
  for (const { code, data } of answers) t.ok(code === 'IDEMPOTENCY_KEY_IN_USE' || data?.amount === '5.000000', String(code))
  t.match(await adjust(), { replayed: 'true', data: { amount: '5.000000' } })
})

t.test('a refusal is given again too, after a fault of the server it is tried again', async (t) => {
  const { fastify, people, adjust } = await build(t)
  const [first, second] = [await adjust({ amount: '-99999.000000' }), await adjust({ amount: '-99999.000000' })]
  t.match(first, { code: 'INSUFFICIENT_BALANCE', data: null, replayed: null })
  t.strictSame(second.answer, first.answer)
  t.equal(second.replayed, 'true')
  t.strictSame((await adjust({ userId: '1' }, 'nobody')).answer, (await adjust({ userId: '1' }, 'nobody')).answer)

  const fault = t.intercept(fastify.presenter, 'transaction', { value: () => { throw new Error('died') } })
  t.match(await adjust({}, 'fault'), { code: 'INTERNAL_ERROR', data: null })
  t.equal(await countOf(fastify), 0)
  fault.restore()
  t.match(await adjust({}, 'fault'), { code: undefined, replayed: null })
  t.equal((await fastify.usersRepository.findById(people.user.user_id))?.balance, 10_005_000_000)
})

t.test('a request moves money by one mutation, in whichever of its operations', async (t) => {
  const { fastify, input, send } = await build(t)
  const call = `createAdjustment(input: { userId: ${input.userId}, amount: "5.000000", reason: "ticket" }) { id }`
  const query = (text: string) => ({ query: text })
  const refused = [
    query(`mutation { ${call} b: ${call} }`),
    query(`mutation { ...F ... { b: ${call} } } fragment F on Mutation { ${call} ...F }`),
    query(`query Q { me { userId } } mutation M { ...F b: ${call} } fragment F on Mutation { ${call} }`),
    [query(`mutation { ${call} }`), query(`mutation { b: ${call} }`)]
  ]
  for (const body of refused) {
    const named = JSON.stringify(body).includes('mutation M') ? { ...body, operationName: 'M' } : body
    t.equal((await send(named)).code, 'TOO_MANY_MONEY_MUTATIONS', JSON.stringify(body))
  }
  t.equal(await countOf(fastify), 0)

  const once = [
    query(`mutation { ${call} ${call} }`),
    query(`mutation { ...F ...F } fragment F on Mutation { ${call} }`),
    [query('{ me { userId } }'), query(`mutation { createAdjustment: updateProfile(input: {}) { userId } x: ${call} }`)]
  ]
  for (const [i, body] of once.entries()) t.equal((await send(body, `once-${i}`)).replayed, null, JSON.stringify(body))
  t.equal(await countOf(fastify), 3)
  t.equal((await send(once[2], 'once-2')).replayed, 'true', 'a batch is marked too')
  t.equal((await send(query(`mutation { ...G } fragment F on Mutation { ${call} }`))).code, 'GRAPHQL_VALIDATION_FAILED')
  t.equal(await countOf(fastify), 3)
})
