import t, { type Test } from 'tap'
import { addAnalyst, BUY } from '../../people.ts'
import { buildGraphql, fillMarket } from './client.ts'

const BUDGET = 100
const DEAR = '{ signals(first: 100) { edges { node { analyst { signals(first: 50) { edges { node { id symbol } } } } } } } }'
/** Costs 1 + 0.02 × 201 + 0.002 × 100: six units. */
const PAGE = '{ signals(first: 100) { edges { node { id } } } }'

async function build (t: Test) {
  const graphql = await buildGraphql(t, { RATE_LIMIT_ANONYMOUS: BUDGET, RATE_LIMIT_ANALYST: BUDGET })
  async function post (body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(graphql.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
    const left = Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1])
    return { status: response.status, body: await response.json(), left, retryAfter: response.headers.get('retry-after') }
  }
  /** Units left, before this question. */
  const leftNow = async () => Number(/r=(\d+)/.exec((await fetch(new URL('/v1/limits', graphql.url))).headers.get('ratelimit') ?? '')?.[1]) + 1
  return { ...graphql, leftNow, post }
}

t.test('an operation that no budget of the caller could ever pay is refused before it runs, with its price', async (t) => {
  const { fastify, post } = await build(t)
  let commands = 0
  fastify.mongo.client.on('commandStarted', () => { commands += 1 })
  const { status, body, left } = await post({ query: DEAR })

  t.equal(status, 400)
  t.match(body, { errors: [{ message: /^This costs \d{3} units, more than your whole budget of 100$/, extensions: { code: 'OPERATION_TOO_EXPENSIVE' } }] })
  t.equal(commands, 0)
  t.equal(left, BUDGET - 1, 'asking has its price')
})

t.test('an operation is paid for by what it may need, and refunded to what it used', async (t) => {
  const { post, fastify, leftNow } = await build(t)
  await post({ query: PAGE })
  t.equal(await leftNow(), BUDGET - 2, 'an empty page: one object in another')
  await fillMarket(fastify, { count: 20, each: 5 })
  const before = await leftNow()
  await post({ query: PAGE })
  t.equal(before - await leftNow(), 1 + 6, 'a full page, and the question before')
})

t.test('a kept answer costs what a simple read does', async (t) => {
  const { post, fastify } = await build(t)
  await fillMarket(fastify, { count: 20 })
  const query = '{ topAnalysts(first: 50) { id name } }'
  await post({ query })
  const first = (await post({ query: '{ __typename }' })).left
  await post({ query })
  t.equal(first - (await post({ query: '{ __typename }' })).left, 3)
})

t.test('what cannot be paid now is a 429 with the time to wait', async (t) => {
  const { post } = await build(t)
  const dear = `{ ${Array.from({ length: 9 }, (_, n) => `a${n}: signals(first: 100) { edges { cursor } }`).join(' ')} }`
  for (let n = 0; n < 47; n++) await post({ query: '{ __typename }' })
  const { status, body, retryAfter, left } = await post({ query: dear })

  t.equal(status, 429)
  t.match(body, { errors: [{ extensions: { code: 'TOO_MANY_REQUESTS' } }] })
  t.match(retryAfter, /^[1-9]\d*$/)
  t.ok(left > 0, 'nothing is charged for what did not run')
})

t.test('a batch is paid for as a whole, whatever its operations are', async (t) => {
  const { post } = await build(t)
  const batch = [{ query: PAGE }, { query: '{' }, { query: '{ __typename }' }]
  t.match(await post(batch), { status: 200, body: [{ data: {} }, { errors: [{}] }, { data: {} }] })
  const refused = await post(Array.from({ length: 10 }, () => ({ query: '{ signals(first: 100) { edges { node { analyst { signals(first: 9) { edges { cursor } } } } } } }' })))
  t.match(refused, { status: 400, body: { errors: [{ extensions: { code: 'OPERATION_TOO_EXPENSIVE' } }] } })
})

t.test('the price of changing something is not refunded', async (t) => {
  const { fastify, post } = await build(t)
  const analyst = await addAnalyst(fastify, 'analyst')
  const query = 'mutation ($input: CreateSignalInput!) { createSignal(input: $input) { id } }'
  const { symbol, side, entry, targets, stop_loss: stopLoss } = BUY
  const answer = await post({ query, variables: { input: { symbol, side: side.toUpperCase(), entry, targets, stopLoss } } }, analyst.headers)

  t.equal(answer.left, BUDGET - 12)
})

t.test('REST and GraphQL spend one budget', async (t) => {
  const { post, url } = await build(t)
  await post({ query: '{ __typename }' })
  const response = await fetch(new URL('/v1/signals?limit=50', url))
  t.match(response.headers.get('ratelimit'), `r=${BUDGET - 2 - 3};`)
})
