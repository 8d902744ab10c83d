import t from 'tap'
import { json, listen } from './helper.ts'

const credentials = { username: 'demo-user', password: 'demo-password' }
const nested = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels)

t.test('what is larger than any request that makes sense is refused', async (t) => {
  const { origin, people: { analyst }, isWell } = await listen(t)
  const cases: [name: string, path: string, init: RequestInit, status: number, code: string][] = [
    ['a body beyond what its schema allows', '/v1/sessions', json({ ...credentials, padding: 'x'.repeat(17_000) }), 413, 'PAYLOAD_TOO_LARGE'],
    ['the same with a token', '/v1/signals', json({ targets: new Array(5000).fill('1') }, analyst.headers), 413, 'PAYLOAD_TOO_LARGE'],
    ['a GraphQL body beyond the limit of the server', '/graphql', json({ query: `{ ${'a '.repeat(60_000)} }` }), 413, 'PAYLOAD_TOO_LARGE'],
    ['a body without end, in chunks', '/v1/sessions', { method: 'POST', duplex: 'half', headers: { 'content-type': 'application/json' }, body: new Blob(['{"username":"', 'x'.repeat(300_000)]).stream() } as RequestInit, 413, 'PAYLOAD_TOO_LARGE'],
    ['a long URL', `/v1/signals?cursor=${'a'.repeat(9000)}`, {}, 414, 'URI_TOO_LONG'],
    ['a long unknown URL', `/${'a/'.repeat(4500)}`, {}, 414, 'URI_TOO_LONG'],
    ['a long part of a URL', `/v1/signals/${'f'.repeat(500)}`, {}, 414, 'URI_TOO_LONG'],
    ['many parameters', `/v1/signals?${'a&'.repeat(60)}`, {}, 400, 'BAD_REQUEST'],
    ['one parameter many times', `/v1/signals?${'limit=1&'.repeat(60)}`, {}, 400, 'BAD_REQUEST'],
    ['a long name of a parameter', `/v1/signals?${'a'.repeat(4000)}=1`, {}, 400, 'VALIDATION_FAILED'],
    ['long headers', '/v1/signals', { headers: { 'x-long': 'a'.repeat(17_000) } }, 431, 'HEADERS_TOO_LARGE'],
    ['many headers', '/v1/signals', { headers: Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`x-${n}`, 'a'])) }, 431, 'HEADERS_TOO_LARGE'],
    ['deep arrays', '/v1/sessions', json(nested(8000, '[', ']')), 400, 'VALIDATION_FAILED'],
    ['deep objects, not closed', '/v1/sessions', json('{"a":'.repeat(3000)), 400, 'BAD_REQUEST'],
    ['a deep variable', '/graphql', json(`{"query":"query($a: ID!) { signal(id: $a) { id } }","variables":{"a":${nested(50_000, '[', ']')}}}`), 200, 'INPUT_TOO_DEEP'],
    ['a deep variable that nobody asked for', '/graphql', json(`{"query":"{ topAnalysts { id } }","variables":{"a":${nested(50_000, '[', ']')}}}`), 200, ''],
    ['a deep extension', '/graphql', json(`{"query":"{ topAnalysts { id } }","extensions":{"a":${nested(10_000, '{"a":', '}').replace(':}', ':1}')}}}`), 200, ''],
    ['a deep document', '/graphql', json({ query: nested(30_000, '{a', '}') }), 200, 'DOCUMENT_TOO_LARGE']
  ]

  for (const [name, path, init, status, code] of cases) {
    const response = await fetch(origin + path, init)
    const body = await response.text()
    t.equal(response.status, status, `${name} ${body.slice(0, 100)}`)
    if (code !== '') t.match(body, `"code":"${code}"`, name)
    t.ok(body.length < 2000, `${name}: no large input comes back`)
    t.ok(await isWell(), `${name}: the server goes on`)
  }
})

t.test('100,000 levels of JSON are read without harm where a body may be so long', async (t) => {
  const { origin, isWell } = await listen(t)
  const response = await fetch(`${origin}/graphql`, json('['.repeat(100_000)))

  t.equal(response.status, 400)
  t.ok(await isWell())
})
