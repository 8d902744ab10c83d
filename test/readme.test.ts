import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startMarketSimulator } from '../scripts/market/simulator.ts'
import { buildApp } from './helper.ts'

const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8')
/** Each request of the tour and the answer shown under it. */
const tour = [...readme.matchAll(/```sh\ncurl (.*)\n```\n```json\n([^]*?)```/g)].map(([, request = '', answer = '']) => ({ request, answer }))

/** The request that a `curl` line of the tour sends, with the tokens in place of their variables. */
function toRequest (line: string, tokens: Record<string, string>) {
  const words = [...line.matchAll(/(-[A-Z]|-d)|'([^']*)'|"([^"]*)"|(\S+)/gi)].map((match) => match.slice(1).find((word) => word !== undefined) ?? '')
  const options = words.flatMap((word, i) => word.startsWith('-') ? [[word, words[i + 1] ?? '']] : [])
  const filled = (text: string) => text.replace(/\$(\w+)/g, (_, name: string) => tokens[name] ?? '')
  const headers = options.filter(([name]) => name === '-H').map(([, header = '']) => filled(header).split(/: (.*)/).slice(0, 2) as [string, string])
  const body = options.find(([name]) => name === '-d')?.[1]
  return { url: words[0] ?? '', init: { method: body === undefined ? 'GET' : 'POST', headers, ...(body !== undefined && { body }) } }
}

/** Names and kinds of everything in an answer, without its values. */
function shapeOf (value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.fromEntries(Object.entries(value).sort().map(([key, item]) => [key, shapeOf(item)]))
}

t.test('the requests of the README get the answers that it shows', async (t) => {
  const market = await startMarketSimulator()
  t.teardown(() => market.close())
  const fastify = await buildApp(t, { env: { DEMO_USERS: 2000, DEMO_DATA: true, MARKET_DATA_URL: market.url } })
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const signIn = async (username: string) => {
    const payload = { username, password: 'demo-password' }
    return (await fastify.inject({ method: 'POST', url: '/v1/sessions', payload })).json<{ access_token: string }>().access_token
  }
  const TOKEN = await signIn('demo-vip')
  const created = await fastify.inject({ method: 'POST', url: '/v1/api-keys', headers: { authorization: `Bearer ${TOKEN}` }, payload: { name: 'tour', scope: 'read' } })
  const tokens = { TOKEN, ANALYST: await signIn('demo-analyst'), KEY: created.json<{ key: string }>().key }

  t.ok(tour.length >= 9, `${tour.length} requests`)
  for (const { request, answer } of tour) {
    const { url, init } = toRequest(request, tokens)
    const response = await fetch(url.replace('http://127.0.0.1:3000', origin), init)
    t.strictSame(shapeOf(await response.json()), shapeOf(JSON.parse(answer)), request)
  }
})
