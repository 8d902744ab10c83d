import t from 'tap'
import { buildApp } from '../helper.ts'
import { addPeople } from '../people.ts'

const OURS = 'https://app.example'
const FOREIGN = ['https://evil.example', 'https://app.example.evil.example', 'https://evil-app.example', 'http://app.example', 'https://app.example:8443', 'https://APP.example', 'null', '*', '']

async function listen (test: Parameters<typeof buildApp>[0], origins: string) {
  const fastify = await buildApp(test, { env: { CORS_ORIGINS: origins } })
  const origin = await fastify.listen({ port: 0 })
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') => fetch(origin + path, { method, headers })
  const preflight = (from: string, path = '/v1/signals') => ask(path, { origin: from, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }, 'OPTIONS')
  return { fastify, ask, preflight }
}

t.test('pages of other origins may read nothing', async (t) => {
  const { ask, preflight } = await listen(t, OURS)

  for (const origin of FOREIGN) {
    const { status, headers } = await ask('/v1/analysts', { origin })
    t.equal(status, 200, origin)
    t.equal(headers.get('access-control-allow-origin'), null, origin)
    t.match(headers.get('vary'), /\borigin\b/i, 'no cache gives this answer to another origin')
    const asked = await preflight(origin)
    t.equal(asked.status, 405, origin)
    t.equal(asked.headers.get('access-control-allow-origin'), null, origin)
  }
  t.equal((await ask('/v1/analysts')).status, 200)
})

t.test('pages of a listed origin may read answers and their headers, errors too, without credentials', async (t) => {
  const { fastify, ask, preflight } = await listen(t, `https://other.example,${OURS}`)
  const { user } = await addPeople(fastify)

  for (const [path, status] of [['/v1/analysts', 200], ['/v1/users/me', 401], ['/nowhere', 404], ['/v1/signals?limit=0', 400]] as const) {
    const answer = await ask(path, { origin: OURS })
    t.equal(answer.status, status)
    t.equal(answer.headers.get('access-control-allow-origin'), OURS)
    t.equal(answer.headers.get('access-control-allow-credentials'), null)
    t.match(answer.headers.get('access-control-expose-headers'), /ETag.*Link.*Location.*RateLimit.*Retry-After/)
  }
  const signedIn = await ask('/v1/users/me', { origin: OURS, ...user.headers })
  t.equal(signedIn.status, 200)
  t.match(signedIn.headers.get('vary'), /origin/i)
  const { status, headers } = await preflight(OURS)
  t.equal(status, 204)
  t.match(Object.fromEntries(headers), { 'access-control-allow-origin': OURS, 'access-control-max-age': '7200', vary: /origin/i })
  t.match(headers.get('access-control-allow-headers'), /Authorization.*Idempotency-Key.*If-Match.*X-API-Key/)
  t.match(headers.get('access-control-allow-methods'), /PATCH/)
})

t.test('whoever asks first, a kept answer has the headers of the one who asks', async (t) => {
  const { ask } = await listen(t, OURS)
  for (const path of ['/v1/analysts', '/v1/signals', '/graphql?query=%7BtopAnalysts%7Bid%7D%7D']) {
    for (let n = 0; n < 4; n++) {
      const [stranger, ours, foreign] = [await ask(path), await ask(path, { origin: OURS }), await ask(path, { origin: 'https://evil.example' })]
      for (const { headers } of [stranger, ours, foreign]) t.match(headers.get('vary'), /\bOrigin\b/)
      t.strictSame([stranger, ours, foreign].map(({ headers }) => headers.get('access-control-allow-origin')), [null, OURS, null], path)
    }
  }
})

t.test('without a list there is no CORS at all', async (t) => {
  const { ask, preflight } = await listen(t, '')
  const answer = await ask('/v1/analysts', { origin: OURS })

  t.equal(answer.headers.get('access-control-allow-origin'), null)
  t.notMatch(answer.headers.get('vary'), /origin/i)
  t.equal((await preflight(OURS)).status, 405)
  t.equal((await preflight(OURS, '/nowhere')).status, 404)
})

t.test('neither everybody nor half an origin can be listed', async (t) => {
  for (const CORS_ORIGINS of ['*', 'null', 'app.example', 'https://*.example', 'https://app.example/']) await t.rejects(buildApp(t, { env: { CORS_ORIGINS } }), { message: /CORS_ORIGINS must match pattern/ }, CORS_ORIGINS)
  for (const CORS_ORIGINS of ['https://APP.example', 'https://app.example:443', 'https://user@app.example', 'https://[app']) await t.rejects(buildApp(t, { env: { CORS_ORIGINS } }), { message: /CORS_ORIGINS names .* not an origin as browsers send it/ }, CORS_ORIGINS)
})
