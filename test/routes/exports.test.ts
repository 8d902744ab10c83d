import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import type { ObjectId } from 'mongodb'
import t, { type Test } from 'tap'
import { buildApp } from '../helper.ts'
import { parseCsv } from '../plugins/app/exports/csv.ts'

const COLLECTIONS = ['users', 'transactions', 'signals'] as const
const LISTS = { users: '/v1/users', transactions: '/v1/transactions', signals: '/v1/signals' }

/** The application with demo data, and what an admin gets. */
async function build (t: Test) {
  const fastify = await buildApp(t, { env: { DEMO_DATA: true, DEMO_USERS: 60 } })
  const token = fastify.jwt.sign({ sub: '4', tier: 'admin', analyst_id: null, subscription_expires: null, sid: '0'.repeat(24) })
  const headers = { authorization: `Bearer ${token}` }
  const get = async (url: string, more: Record<string, string> = {}) => await fastify.inject({ url, headers: { ...headers, ...more } })
  return { fastify, get, headers }
}
type Get = Awaited<ReturnType<typeof build>>['get']

/** Everything by pages. */
async function listAll (get: Get, url: string): Promise<Record<string, unknown>[]> {
  const items = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { data: Record<string, unknown>[], next_cursor: string | null } = (await get(`${url}?limit=100${cursor && `&cursor=${cursor}`}`)).json()
    items.push(...page.data)
    cursor = page.next_cursor
  }
  return items
}
const byId = (items: Record<string, unknown>[]) => items.toSorted((a, b) => String(a.id ?? a.user_id).localeCompare(String(b.id ?? b.user_id)))

/** As OpenAPI tells clients to: whole rows only, then on from the first column of the last. */
function cut (file: string, end: '\n' | '\r\n', length: number) {
  const whole = file.slice(0, file.lastIndexOf(end, length - end.length) + end.length)
  const [last = ''] = whole.split(end).slice(-2)
  return { whole, after: end === '\n' ? String(Object.values(JSON.parse(last) as object)[0]) : last.split(',')[0] }
}

t.test('an export has every row in the shape of the API', async (t) => {
  const { get } = await build(t)
  for (const name of COLLECTIONS) {
    const expected = byId(await listAll(get, LISTS[name]))
    const lines = (await get(`/v1/exports/${name}.ndjson`)).payload.split('\n')
    t.equal(lines.pop(), '', 'the last line has an end')
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    t.ok(rows.length >= 60)
    t.strictSame(byId(rows), expected, name)

    const [header = [], ...records] = parseCsv((await get(`/v1/exports/${name}.csv`)).payload)
    t.strictSame(header, Object.keys(rows[0] ?? {}))
    const textOf = (value: unknown) => Array.isArray(value) ? value.join(' ') : JSON.stringify(value ?? '').replace(/^"|"$/g, '')
    t.strictSame(records, rows.map((row) => Object.values(row).map(textOf)), `${name} as CSV`)
  }
})

t.test('no export has a password hash, and none is kept, shown or guessed at', async (t) => {
  const { get } = await build(t)
  for (const [url, type] of [['/v1/exports/users.ndjson', 'application/x-ndjson; charset=utf-8'], ['/v1/exports/users.csv', 'text/csv; charset=utf-8; header=present']] as const) {
    const { payload, headers } = await get(url)
    t.notMatch(payload, /password|argon2/)
    t.match(headers, { 'content-type': type, 'content-disposition': `attachment; filename="${url.slice(12)}"`, 'cache-control': 'private, no-store', 'x-content-type-options': 'nosniff', 'accept-ranges': 'none' })
  }
})

t.test('a cut file that is gone on with is that of one go, wherever it was cut', async (t) => {
  const { get } = await build(t)
  for (const name of COLLECTIONS) {
    for (const [format, end] of [['ndjson', '\n'], ['csv', '\r\n']] as const) {
      const url = `/v1/exports/${name}.${format}`
      const { payload: file } = await get(url)
      for (const share of [0.01, 0.3, 0.5, 0.77, 0.999, 1]) {
        const { whole, after } = cut(file, end, Math.max(400, Math.floor(file.length * share)))
        const rest = await get(`${url}?after=${after}`)
        t.equal(whole + rest.payload, file, `${url} cut at ${share}`)
        if (format === 'csv') t.match(rest.headers['content-type'], /header=absent$/)
      }
    }
  }
})

t.test('rows that are added meanwhile stand at the end', async (t) => {
  const { fastify, get } = await build(t)
  const { payload: before } = await get('/v1/exports/users.csv')
  const { whole, after } = cut(before, '\r\n', 2000)
  await fastify.usersRepository.create({ username: 'newcomer', password_hash: 'x', tier: 'free', balance: 0, is_active: true, subscription_expires: null, referred_by: null, created_at: new Date() })
  const { payload: rest } = await get(`/v1/exports/users.csv?after=${after}`)

  t.ok((whole + rest).startsWith(before))
  t.match((whole + rest).slice(before.length), /^\d+,newcomer,free,0\.000000,true,,,.{24}\r\n$/)
})

t.test('there is nothing behind a row that is not there', async (t) => {
  const { get } = await build(t)
  for (const url of ['users.csv?after=999999999', 'transactions.csv?after=ffffffffffffffffffffffff', 'signals.ndjson?after=64a000040000000000000000']) {
    const { statusCode, payload } = await get(`/v1/exports/${url}`)
    t.match([statusCode, JSON.parse(payload)], [400, { code: 'INVALID_CURSOR' }], url)
  }
  const { data: entries } = (await get('/v1/audit-log?limit=3')).json<{ data: object[] }>()
  for (const found of entries) t.match(found, { action: 'export', actor_id: 4, outcome: 'refused' })
})

t.test('an export is in the audit log before it begins', async (t) => {
  const { get } = await build(t)
  await get('/v1/exports/transactions.ndjson')
  const { data: [entry] } = (await get('/v1/audit-log')).json<{ data: object[] }>()

  t.match(entry, { action: 'export', actor_id: 4, target: 'collection:transactions', outcome: 'ok' })
})

t.test('it is compressed on its way, over the network too, and HEAD reads nothing', async (t) => {
  const { fastify, get, headers } = await build(t)
  const plain = await get('/v1/exports/signals.ndjson')
  const zipped = await get('/v1/exports/signals.ndjson', { 'accept-encoding': 'br' })
  t.equal(zipped.headers['content-encoding'], 'br')
  t.equal(brotliDecompressSync(zipped.rawPayload).toString(), plain.payload)

  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const response = await fetch(`${origin}/v1/exports/signals.ndjson`, { headers })
  t.equal(response.headers.get('transfer-encoding'), 'chunked')
  t.equal((await buffer(Readable.fromWeb(response.body as never))).toString(), plain.payload)
  t.equal((await fetch(`${origin}/v1/exports/signals.ndjson`, { method: 'HEAD', headers })).status, 405)
})

t.test('a statement is the caller\'s own, and agrees with the balance', async (t) => {
  const { fastify, get } = await build(t)
  const now = new Date().toISOString().slice(0, 7)
  const { payload, headers } = await get(`/v1/users/me/transactions.csv?month=${now}`)
  const { balance } = (await get('/v1/users/me')).json<{ balance: string }>()
  const rows = parseCsv(payload)

  t.equal(headers['content-disposition'], `attachment; filename="statement-${now}.csv"`)
  t.equal(rows.at(-1)?.at(-1), balance)
  const own = await fastify.documents.collection('transactions').find({ user_id: 4 }).project<{ _id: ObjectId }>({ _id: 1 }).toArray()
  const ids = new Set(own.map(({ _id }) => _id.toHexString()))
  for (const [, id = ''] of rows.slice(2, -1)) t.ok(ids.has(id))
})

t.test('each costs what it is declared to', async (t) => {
  const fastify: FastifyInstance = await buildApp(t, { env: { RATE_LIMIT_ADMIN: 1000 } })
  const token = fastify.jwt.sign({ sub: '4', tier: 'admin', analyst_id: null, subscription_expires: null, sid: '0'.repeat(24) })
  const left = async (url: string) => (await fastify.inject({ url, headers: { authorization: `Bearer ${token}` } })).headers.ratelimit

  t.match(await left('/v1/exports/users.csv'), 'r=800')
  t.match(await left('/v1/users/me/transactions.csv?month=2026-01'), 'r=750')
})
