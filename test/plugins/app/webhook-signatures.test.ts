import t, { type Test } from 'tap'
import webhookSignatures from '../../../plugins/app/webhook-signatures/index.ts'
import { signCallback } from '../../../scripts/callbacks/sign.ts'
import { OTHER_SECRET, providers, SECRET } from '../../callbacks.ts'
import { buildRepositories } from '../../services.ts'

/** A server with a route for what providers sign, and one beside it. */
async function build (t: Test) {
  const fastify = await buildRepositories(t, { ...providers, RATE_LIMIT_ANONYMOUS: 25 })
  await fastify.register(webhookSignatures)
  await fastify.register(async (scope) => {
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => { done(null, body) })
    scope.post('/hooks/:provider', { config: { webhook: true } }, async ({ body, isSigned }) => ({ body, isSigned }))
  })
  fastify.post('/plain', async ({ body, isSigned }) => ({ body, isSigned }))
  await fastify.ready()
  return (payload: string | null, signature?: string, url = '/hooks/acme') => fastify.inject({
    method: 'POST', url, ...(payload !== null && { payload }), headers: { ...(payload !== null && { 'content-type': 'application/json' }), ...(signature !== undefined && { 'sahm-signature': signature }) }
  })
}

t.test('a route that declares `webhook` gets what a provider has signed, parsed; others are untouched', async (t) => {
  const post = await build(t)
  t.strictSame((await post('{"a":1}', signCallback('{"a":1}', [SECRET]))).json(), { body: { a: 1 }, isSigned: true })
  t.match((await post('{"a":1}', signCallback('{"a": 1}', [SECRET]))).json(), { status: 401, code: 'INVALID_SIGNATURE' }, 'byte for byte')
  t.match((await post('{"a":1}', signCallback('{"a":1}', [SECRET]), '/hooks/nobody')).json(), { status: 404, code: 'NOT_FOUND' })
  t.match((await post('{"a":1', signCallback('{"a":1', [SECRET]))).json(), { status: 400 })

  t.strictSame((await post('{"a":1}', undefined, '/plain')).json(), { body: { a: 1 }, isSigned: false })
})

t.test('a request without any body is none that is signed, unless its nothing is', async (t) => {
  const post = await build(t)
  t.match((await post('', signCallback('x', [SECRET]))).json(), { status: 401 })
  for (const nothing of ['', null]) t.match((await post(nothing, signCallback('', [SECRET]))).json(), { status: 400 })
})

t.test('refusals are paid for by the address, and turn into 429 when it cannot pay', async (t) => {
  const post = await build(t)
  const statuses = []
  for (const signature of [undefined, 'nonsense', signCallback('{}', [OTHER_SECRET])]) statuses.push((await post('{}', signature)).statusCode)
  const signed = await post('{}', signCallback('{}', [SECRET]))

  t.strictSame(statuses, [401, 401, 429])
  t.equal(signed.statusCode, 200)
  t.equal(signed.headers.ratelimit, undefined, 'who signs has no budget')
})
