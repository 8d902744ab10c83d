import t, { type Test } from 'tap'
import type { Environment } from '../../schemas/config.ts'
import { buildApp } from '../helper.ts'

const BUDGET = 5

/** Asks for something small, with headers that say who the client is. */
async function listen (t: Test, env: Environment = {}) {
  const fastify = await buildApp(t, { env: { RATE_LIMIT_ANONYMOUS: BUDGET, ...env } })
  const url = await fastify.listen({ port: 0 })
  return async function ask (headers: Record<string, string>): Promise<number> {
    const response = await fetch(`${url}/v1/limits`, { headers })
    await response.arrayBuffer()
    return response.status
  }
}

async function spend (ask: (headers: Record<string, string>) => Promise<number>, headersOf: (n: number) => Record<string, string>): Promise<number[]> {
  const statuses = []
  for (let n = 0; n < BUDGET + 2; n++) statuses.push(await ask(headersOf(n)))
  return statuses
}

const LIMITED = [...Array.from({ length: BUDGET }, () => 200), 429, 429]
const FREE = Array.from({ length: BUDGET + 2 }, () => 200)

const FORGED: Record<string, (n: number) => Record<string, string>> = {
  'X-Forwarded-For': (n) => ({ 'x-forwarded-for': `203.0.113.${n}` }),
  'a list in X-Forwarded-For': (n) => ({ 'x-forwarded-for': `203.0.113.${n}, 127.0.0.1` }),
  Forwarded: (n) => ({ forwarded: `for=203.0.113.${n}` }),
  'X-Real-IP': (n) => ({ 'x-real-ip': `203.0.113.${n}` }),
  'CF-Connecting-IP': (n) => ({ 'cf-connecting-ip': `203.0.113.${n}` }),
  'True-Client-IP': (n) => ({ 'true-client-ip': `203.0.113.${n}` }),
  'X-Client-IP': (n) => ({ 'x-client-ip': `203.0.113.${n}` })
}
for (const [name, headersOf] of Object.entries(FORGED)) {
  t.test(`${name} of a stranger brings no new budget`, async (t) => {
    t.strictSame(await spend(await listen(t), headersOf), LIMITED)
  })
}

t.test('behind a trusted proxy each client has a budget', async (t) => {
  const ask = await listen(t, { TRUSTED_PROXIES: '127.0.0.1' })
  t.strictSame(await spend(ask, (n) => ({ 'x-forwarded-for': `203.0.113.${n}` })), FREE)
  t.strictSame(await spend(ask, () => ({ 'x-forwarded-for': '198.51.100.1' })), LIMITED)
})

t.test('what a client writes itself into X-Forwarded-For counts no more behind a trusted proxy', async (t) => {
  const ask = await listen(t, { TRUSTED_PROXIES: '127.0.0.1' })
  t.strictSame(await spend(ask, (n) => ({ 'x-forwarded-for': `203.0.113.${n}, 198.51.100.1` })), LIMITED)
})

t.test('the addresses of one IPv6 network are one client', async (t) => {
  const ask = await listen(t, { TRUSTED_PROXIES: '127.0.0.1' })
  t.strictSame(await spend(ask, (n) => ({ 'x-forwarded-for': `2001:db8:0:1::${n}` })), LIMITED)
  t.strictSame(await spend(ask, (n) => ({ 'x-forwarded-for': `2001:db8:0:${n + 2}::1` })), FREE)
})

t.test('nonsense for an address is the proxy', async (t) => {
  const ask = await listen(t, { TRUSTED_PROXIES: '127.0.0.1' })
  t.strictSame(await spend(ask, (n) => ({ 'x-forwarded-for': `nonsense-${n}` })), LIMITED)
})
