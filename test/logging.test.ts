import { Writable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import app, { options } from '../app.ts'
import { conceal, logger } from '../logging.ts'
import { testEnv } from './helper.ts'

/** The application as the server runs it, with the lines that it has logged. */
async function build (t: Test, prepare: (fastify: FastifyInstance) => void): Promise<{ fastify: FastifyInstance, lines: string[] }> {
  const lines: string[] = []
  const stream = new Writable({ write (line, _encoding, done) { lines.push(String(line)); done() } })
  const fastify = Fastify({ ...options, pluginTimeout: 120_000, logger: { ...logger, stream } })
  t.teardown(() => fastify.close())
  await fastify.register(fp(app), { env: { ...testEnv, LOG_LEVEL: 'trace' } })
  prepare(fastify)
  await fastify.ready()
  return { fastify, lines }
}

const SECRET = /hunter2|eyJhbGci/
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'

t.test('a failing request leaves no secret in the log', async (t) => {
  const { fastify, lines } = await build(t, (fastify) => {
    fastify.post('/fails', async ({ body, headers, log }) => {
      log.info({ headers, body, user: { password_hash: 'hunter2' }, password: 'hunter2' }, `came with ${TOKEN}`)
      throw new Error('connect to mongodb://sahm:hunter2@10.0.0.7/sahm failed')
    })
  })
  const response = await fastify.inject({
    method: 'POST',
    url: `/fails?access_token=hunter2&fields=id&api_key=hunter2&t=${TOKEN}`,
    headers: { authorization: 'Bearer hunter2', cookie: 'a=hunter2', 'x-api-key': 'hunter2', 'idempotency-key': 'hunter2', 'content-type': 'application/json' },
    payload: { username: 'rami', password: 'hunter2', current_password: 'hunter2', refresh_token: 'hunter2' }
  })

  t.equal(response.statusCode, 500)
  t.notMatch(response.body, /hunter2|mongodb/)
  t.match(lines.join(''), /request failed/)
  t.notMatch(lines.join(''), SECRET)
  for (const line of lines) t.doesNotThrow(() => { JSON.parse(line) }, 'each line is JSON')
  t.match(lines.join(''), /access_token=\[redacted\]&fields=id&api_key=\[redacted\]/, 'the rest is there')
})

t.test('neither does a refused sign-in or token', async (t) => {
  const { fastify, lines } = await build(t, () => {})
  await fastify.inject({ method: 'POST', url: '/v1/sessions', payload: { username: 'nobody', password: 'hunter2' } })
  await fastify.inject({ url: '/v1/users/me', headers: { authorization: `Bearer ${TOKEN}` } })
  await fastify.inject({ url: `/graphql?query=%7Bme%7BuserId%7D%7D&token=${TOKEN}` })

  t.ok(lines.length > 0)
  t.notMatch(lines.join(''), SECRET)
})

t.test('passwords of addresses are concealed wherever they are', async (t) => {
  t.equal(conceal('redis://:hunter2@cache:6379'), 'redis://[redacted]@cache:6379')
  t.equal(conceal('mongodb+srv://a:b@c/d'), 'mongodb+srv://[redacted]@c/d')
  t.equal(conceal('{"url":"https://app.example/x","mail":"a@b.example"}'), '{"url":"https://app.example/x","mail":"a@b.example"}', 'and nothing else')
})
