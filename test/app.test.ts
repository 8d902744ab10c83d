import { Writable } from 'node:stream'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { options } from '../app.ts'

/** Lines that a server with the options of the application logs while it answers one request. */
async function linesOf (t: Test, level: string, error: Error | null): Promise<Array<{ level: number, msg: string }>> {
  const lines: Array<{ level: number, msg: string }> = []
  const stream = new Writable({ write (chunk, _encoding, done) { lines.push(JSON.parse(String(chunk)) as { level: number, msg: string }); done() } })
  const fastify = Fastify({ ...options, logger: { level, stream } })
  t.teardown(() => fastify.close())
  fastify.get('/', async (request, reply) => {
    if (error) options.logController.requestCompleted(error, request, reply)
    return 'ok'
  })
  await fastify.inject('/')
  return lines
}

t.test('each request is one line, of level debug', async (t) => {
  t.strictSame(await linesOf(t, 'info', null), [])
  const lines = await linesOf(t, 'debug', null)
  t.match(lines, [{ level: 20, msg: 'request completed', req: { method: 'GET', url: '/' }, res: { statusCode: 200 }, responseTime: Number }])
  t.equal(lines.length, 1)
})

t.test('an answer that could not be sent is an error', async (t) => {
  t.match(await linesOf(t, 'error', new Error('reset')), [{ level: 50, msg: 'request errored', err: { message: 'reset' } }])
})
