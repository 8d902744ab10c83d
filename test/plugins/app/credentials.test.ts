import t from 'tap'
import credentials from '../../../plugins/app/credentials.ts'
import { buildBare } from '../../helper.ts'

t.test('a request with a token or a key has credentials, good or bad; others are anonymous', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(credentials)
  const { areIn, vary } = fastify.credentials

  t.notOk(areIn({}))
  t.notOk(areIn({ cookie: 'a=b' }))
  t.ok(areIn({ authorization: '' }))
  t.ok(areIn({ 'x-api-key': 'nonsense' }))
  t.equal(vary, 'Authorization, X-API-Key')
})
