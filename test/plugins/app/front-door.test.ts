import t, { type Test } from 'tap'
import frontDoor from '../../../plugins/app/front-door.ts'
import { buildBare } from '../../helper.ts'

/** A server with one route, `GET /`. */
async function build (t: Test) {
  const fastify = buildBare(t)
  await fastify.register(frontDoor)
  fastify.get('/', async () => 'route')
  return fastify
}

t.test('what is added first is asked first; what nobody answers is routed', async (t) => {
  const fastify = await build(t)
  const asked: string[] = []
  for (const name of ['a', 'b', 'c']) {
    fastify.frontDoor.add(function answers ({ headers }, response) {
      asked.push(name)
      if (headers['x-for'] !== name) return false
      response.end(name)
      return true
    })
  }
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const get = async (name: string) => (await fetch(origin, { headers: { 'x-for': name } })).text()

  t.equal(await get('b'), 'b')
  t.strictSame(asked, ['a', 'b'])
  t.equal(await get('nobody'), 'route')
  t.strictSame(asked.splice(2), ['a', 'b', 'c'])
})

t.test('while the server closes the framework gets everything', async (t) => {
  const fastify = await build(t)
  fastify.frontDoor.add((_request, response) => { response.end('door'); return true })
  let last: Response | undefined
  fastify.addHook('preClose', async () => { last = await fetch(origin) })
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  t.equal(await (await fetch(origin)).text(), 'door')

  await fastify.close()
  t.equal(last?.headers.get('connection'), 'close')
  t.not(await last?.text(), 'door')
})
