import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople, BUY } from '../people.ts'

type Headers = Record<string, string>

const publish = (fastify: FastifyInstance, headers: Headers, payload: object = BUY) =>
  fastify.inject({ method: 'POST', url: '/v1/signals', headers, payload })

t.test('an analyst publishes, reads and changes a signal', async (t) => {
  const fastify = await buildApp(t)
  const { analyst } = await addPeople(fastify)
  const { headers } = analyst
  const created = await publish(fastify, headers)
  const url = String(created.headers.location)

  t.equal(created.statusCode, 201)
  t.equal(url, `/v1/signals/${created.json().id}`)
  t.equal(created.headers.etag, '"1"')
  t.match(created.json(), { ...BUY, status: 'active', version: 1 })

  const read = await fastify.inject({ url, headers })
  t.strictSame(read.json(), created.json())
  const changed = await fastify.inject({ method: 'PATCH', url, headers: { ...headers, 'if-match': String(read.headers.etag) }, payload: { stop_loss: '59500' } })
  t.match(changed.json(), { stop_loss: '59500', version: 2 })
  t.equal(changed.headers.etag, '"2"')
  const stale = await fastify.inject({ method: 'PATCH', url, headers: { ...headers, 'if-match': String(read.headers.etag) }, payload: { stop_loss: '59600' } })
  t.match(stale.json(), { status: 412, code: 'PRECONDITION_FAILED' })
})

t.test('If-Match is required and follows RFC 9110', async (t) => {
  const fastify = await buildApp(t)
  const { analyst } = await addPeople(fastify)
  const url = String((await publish(fastify, analyst.headers)).headers.location)
  let version = 1
  const expected: [string, number][] = [
    ['"1"', 200], ['*', 200], ['"9", "3"', 200], ['"3,1" ,"4"', 200],
    ['W/"5"', 412], ['"5-hidden"', 412], ['"05"', 412], ['"four"', 412], ['""', 412],
    ['5', 400], ['"5', 400], ['"5" "6"', 400], ['*, "5"', 400], ['w/"5"', 400]
  ]

  for (const [header, status] of expected) {
    const response = await fastify.inject({ method: 'PATCH', url, headers: { ...analyst.headers, 'if-match': header }, payload: { stop_loss: `5900${version}` } })
    t.equal(response.statusCode, status, header)
    if (status === 200) version += 1
  }
  const missing = await fastify.inject({ method: 'PATCH', url, headers: analyst.headers, payload: { stop_loss: '1' } })
  t.match(missing.json(), { status: 428, code: 'PRECONDITION_REQUIRED' })
})

t.test('readers get what they may see, with a tag of its own', async (t) => {
  const fastify = await buildApp(t)
  const { user, subscriber, analyst } = await addPeople(fastify)
  const url = String((await publish(fastify, analyst.headers)).headers.location)
  const anonymous = await fastify.inject(url)

  t.match(anonymous.json(), { symbol: 'BTCUSDT', entry: null, targets: null, stop_loss: null })
  t.equal(anonymous.headers.etag, '"1-hidden"')
  t.equal(anonymous.headers.vary, 'Accept-Encoding, Authorization, X-API-Key')
  t.match((await fastify.inject({ url, headers: user.headers })).json(), { entry: null })
  t.match((await fastify.inject({ url, headers: subscriber.headers })).json(), BUY)
  t.strictSame((await fastify.inject({ url: `${url}?fields=entry,side`, headers: subscriber.headers })).json(), { side: 'buy', entry: '60000' })

  await fastify.inject({ method: 'PATCH', url, headers: { ...analyst.headers, 'if-match': '*' }, payload: { status: 'hit' } })
  t.match((await fastify.inject(url)).json(), { ...BUY, status: 'hit', closed_at: String })
  const late = await fastify.inject({ method: 'PATCH', url, headers: { ...analyst.headers, 'if-match': '*' }, payload: { status: 'active' } })
  t.match(late.json(), { status: 409, code: 'SIGNAL_CLOSED' })
})

t.test('signals are listed by analyst, symbol, status and time', async (t) => {
  const fastify = await buildApp(t)
  const { analyst, rival } = await addPeople(fastify)
  const ours = (await publish(fastify, analyst.headers)).json<{ id: string, created_at: string }>()
  const theirs = (await publish(fastify, rival.headers, { ...BUY, symbol: 'ETHUSDT' })).json<{ id: string }>()
  const idsOf = async (query: string) => (await fastify.inject(`/v1/signals?fields=id&${query}`)).json<{ data: { id: string }[] }>().data.map(({ id }) => id)

  t.strictSame(await idsOf(''), [theirs.id, ours.id])
  t.strictSame(await idsOf(`analyst_id=${analyst.analyst_id}`), [ours.id])
  t.strictSame(await idsOf('symbol=ETHUSDT'), [theirs.id])
  t.strictSame(await idsOf('status=hit'), [])
  t.strictSame(await idsOf(`to=${ours.created_at}`), [])
  t.strictSame(await idsOf(`from=${ours.created_at}&symbol=BTCUSDT`), [ours.id])
  t.strictSame(await idsOf('from=2020-01-01T00:00:00%2B02:00&to=2020-02-01T00:00:00Z'), [])
})

t.test('prices that cannot work are refused', async (t) => {
  const fastify = await buildApp(t)
  const { analyst } = await addPeople(fastify)
  const response = await publish(fastify, analyst.headers, { ...BUY, side: 'sell' })

  t.match(response.json(), { status: 422, code: 'INVALID_PRICES', type: 'tag:sahm.example,2026:invalid-prices' })
})
