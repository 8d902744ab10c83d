import t, { type Test } from 'tap'
import conditionalRequests from '../../../plugins/app/conditional-requests.ts'
import compress from '../../../plugins/external/compress.ts'
import config from '../../../plugins/external/config.ts'
import etag from '../../../plugins/external/etag.ts'
import type { Environment } from '../../../schemas/config.ts'
import { buildApp, buildBare, testEnv } from '../../helper.ts'

const LONG = 'text '.repeat(1000)

async function build (t: Test, env: Environment = {}) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  for (const plugin of [compress, etag, conditionalRequests]) await fastify.register(plugin)
  fastify.get('/thing', async () => ({ text: LONG }))
  fastify.get('/failing', async (_request, reply) => { reply.code(500); return { text: LONG } })
  fastify.post('/thing', async () => ({ text: LONG }))
  return fastify
}

t.test('a matching If-None-Match is answered by 304, in lists, weak or strong, and by *', async (t) => {
  const fastify = await build(t)
  const etag = String((await fastify.inject('/thing')).headers.etag)
  t.match(etag, /^W\/"/)
  for (const header of [etag, etag.slice(2), `"a", ${etag}`, '"a,b" , W/"c",' + etag, '*']) {
    const { statusCode, body, headers } = await fastify.inject({ url: '/thing', headers: { 'if-none-match': header } })
    t.match({ statusCode, body, etag: headers.etag }, { statusCode: 304, body: '', etag }, header)
    t.equal(headers['content-type'], undefined)
  }
  for (const header of ['"a"', 'W/"a", "b"', etag.slice(0, -1), 'nonsense']) {
    t.equal((await fastify.inject({ url: '/thing', headers: { 'if-none-match': header } })).statusCode, 200, header)
  }
})

t.test('only GET and HEAD, and only a 200, become a 304', async (t) => {
  const fastify = await build(t)
  const ask = (method: 'GET' | 'HEAD' | 'POST', url: string) => fastify.inject({ method, url, headers: { 'if-none-match': '*' } })
  t.equal((await ask('HEAD', '/thing')).statusCode, 304)
  t.equal((await ask('POST', '/thing')).statusCode, 200)
  t.equal((await ask('GET', '/failing')).statusCode, 500)
})

t.test('the tag is the same however the answer is encoded', async (t) => {
  const fastify = await build(t)
  const tags = await Promise.all(['identity', 'gzip', 'br'].map(async (encoding) => {
    const { headers } = await fastify.inject({ url: '/thing', headers: { 'accept-encoding': encoding } })
    t.equal(headers['content-encoding'], encoding === 'identity' ? undefined : encoding)
    return headers.etag
  }))
  t.equal(new Set(tags).size, 1)
})

t.test('compression and tags can be left out by name', async (t) => {
  const fastify = await build(t, { OPTIMIZATIONS_OFF: 'compression,etag' })
  const { headers } = await fastify.inject({ url: '/thing', headers: { 'accept-encoding': 'br', 'if-none-match': '*' } })
  t.match(headers, { etag: undefined, 'content-encoding': undefined })
})

t.test('in the application data is compressed, tokens and problems are not, and x-no-compression is obeyed', async (t) => {
  const fastify = await buildApp(t, { env: { DEMO_DATA: true, DEMO_USERS: 50 } })
  const encodingOf = async (url: string, more = {}, request = {}) =>
    (await fastify.inject({ url, ...request, headers: { 'accept-encoding': 'gzip, br', ...more } })).headers['content-encoding']

  t.equal(await encodingOf('/openapi.json'), 'br')
  t.equal(await encodingOf('/v1/signals'), 'br')
  t.equal(await encodingOf('/v1/signals', { 'x-no-compression': '1' }), undefined)
  t.equal(await encodingOf('/openapi.json', { 'x-no-compression': '1' }), undefined)
  t.equal(await encodingOf(`/v1/signals?${'unknown'.repeat(300)}=1`), undefined)
  t.equal(await encodingOf('/v1/sessions', {}, { method: 'POST', payload: { username: 'demo-user', password: 'demo-password' } }), undefined)
})
