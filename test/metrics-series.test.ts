import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildApp } from './helper.ts'

/** Operation names with a series of their own, and outcomes of each. */
const OPERATIONS = 100
/** Of each kind in one turn. */
const REQUESTS = 25
/** What a server has at most without them: routes by status, buckets by route, and everything else. */
const MOST_SERIES = 4000
/** Part of everything that is made up here. */
const MARK = 'madeup'

const random = () => `${MARK}${randomBytes(6).toString('hex')}`
const HEADERS = ['x-request-id', 'user-agent', 'accept', 'accept-encoding', 'accept-language', 'authorization', 'x-api-key', 'idempotency-key', 'if-none-match', 'origin', 'referer', 'x-forwarded-for', 'cookie', 'x-no-compression']

/** What somebody can send who wants each request to be different from all before. */
async function sendNonsense (fastify: FastifyInstance): Promise<void> {
  const graphql = (body: object) => fastify.inject({ method: 'POST', url: '/graphql', payload: body })
  for (let n = 0; n <= OPERATIONS; n++) {
    const operationName = random()
    await graphql({ query: `query ${operationName} { __typename }`, operationName })
  }
  // each costs the hashing of a password
  await fastify.inject({ method: 'POST', url: '/v1/sessions', payload: { username: random(), password: random() } })
  for (let n = 0; n < REQUESTS; n++) {
    const headers = Object.fromEntries(HEADERS.slice(n % 3).map((name) => [name, random()]))
    await fastify.inject({ url: `/${random()}/${random()}?${random()}=${random()}` })
    await fastify.inject({ url: `/v1/signals?symbol=${random()}`, headers })
    await fastify.inject({ url: `/v1/signals/${random()}`, headers })
    await fastify.inject({ url: '/v1/signals', headers: { [random()]: random() } })
    await graphql({ query: `query ${random()} { __typename }`, operationName: random() })
    await graphql({ query: `query ${random()} { ${random()} }` })
  }
}

/** Series of each metric, by its name and labels, without the values. */
async function seriesOf (fastify: FastifyInstance): Promise<string[]> {
  return (await fastify.metrics.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.slice(0, line.lastIndexOf(' ')))
}

const isOfOperation = (series: string) => series.startsWith('graphql_operation_duration_seconds_')

t.test('whatever clients send, the number of series is bounded, and only GraphQL operations have names of theirs', async (t) => {
  const fastify = await buildApp(t)
  await sendNonsense(fastify)
  const before = await seriesOf(fastify)
  await sendNonsense(fastify)
  const after = await seriesOf(fastify)

  t.strictSame(after.filter((series) => series.includes(MARK) && !isOfOperation(series)), [])
  const operations = new Set(after.filter(isOfOperation).map((series) => /operation="(\w+)"/.exec(series)?.[1]))
  t.ok(operations.size <= OPERATIONS + 1, `${operations.size} operations`)
  t.ok(operations.has('other'))
  t.ok(after.length < MOST_SERIES, `${after.length} series`)
  // what is rare by itself may come for the first time, but nothing by the request
  t.ok(after.length - before.length < REQUESTS, `${after.length - before.length} new series`)
})
