import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { AuditEntryDocument } from '../../../schemas/audit-log.ts'
import { buildRepositories } from '../../services.ts'

const EVENT = { action: 'sign_in', actor_id: 7, target: null } as const
const page = { limit: 20 }

async function build (test: Test) {
  const fastify = await buildRepositories(test)
  fastify.get('/', async () => {
    await fastify.auditLog.record(EVENT, 'ok')
    return null
  })
  await fastify.ready()
  return fastify
}

/** From now on no two entries may be alike in `field`: the second cannot be written, on any engine. */
async function breakAt (fastify: FastifyInstance, field: string) {
  await fastify.documents.collection('audit_log').createIndex({ [field]: 1 }, { unique: true })
}

async function outcomesOf ({ auditLog }: FastifyInstance) {
  return (await auditLog.list(page)).items.map(({ outcome }) => outcome)
}

t.test('an entry says what, who, when, from which network and in which request', async (t) => {
  const fastify = await build(t)
  const before = Date.now()
  for (const remoteAddress of ['203.0.113.7', '2001:db8:1:2:3::4']) await fastify.inject({ url: '/', remoteAddress })
  const { items: [second, first] } = await fastify.auditLog.list(page)

  t.match(first, { ...EVENT, outcome: 'ok', address: '203.0.113.0/24', request_id: String })
  t.match(second, { ...EVENT, address: '2001:db8:1:2::/64' })
  t.ok((first?.created_at.getTime() ?? 0) >= before)
  await fastify.auditLog.record(EVENT, 'ok')
  t.match((await fastify.auditLog.list(page)).items[0], { address: null, request_id: null }, 'outside of requests there is neither')
})

t.test('entries are listed from new to old, of all or of one', async (t) => {
  const fastify = await build(t)
  for (const id of [1, 2, 1, 2]) await fastify.auditLog.record({ ...EVENT, actor_id: id }, 'ok')
  const first = await fastify.auditLog.list({ limit: 3 })
  const actors = (items: AuditEntryDocument[]) => items.map((entry) => entry.actor_id)

  t.strictSame(actors(first.items), [2, 1, 2])
  t.strictSame(actors((await fastify.auditLog.list({ limit: 3, cursor: first.nextCursor ?? '' })).items), [1])
  t.strictSame(actors((await fastify.auditLog.list({ limit: 9, actor_id: 1 })).items), [1, 1])
  await t.rejects(fastify.auditLog.list({ limit: 1, cursor: 'nonsense' }), { statusCode: 400, code: 'INVALID_CURSOR' })
})

t.test('what is followed is recorded as done or refused, or not at all if nobody knows', async (t) => {
  const fastify = await build(t)
  const { auditLog } = fastify

  t.equal(await auditLog.follow(EVENT, async () => 42, (answer) => `user:${answer}`), 42)
  await t.rejects(auditLog.follow(EVENT, () => Promise.reject(fastify.httpErrors.createError(401))), { statusCode: 401, name: 'UnauthorizedError' })
  await t.rejects(auditLog.follow(EVENT, () => Promise.reject(fastify.httpErrors.createError(503))), { statusCode: 503, name: 'ServiceUnavailableError' })
  await t.rejects(auditLog.follow(EVENT, () => Promise.reject(new Error('a fault'))), { message: 'a fault' })
  t.match((await auditLog.list(page)).items, [{ outcome: 'refused', target: null }, { outcome: 'ok', target: 'user:42' }])
  t.equal((await auditLog.list(page)).items.length, 2)
})

t.test('what is followed goes on without its entry: the log has an error', async (t) => {
  const fastify = await build(t)
  await breakAt(fastify, 'action')
  const errors = t.capture(fastify.log, 'error')
  await fastify.auditLog.record(EVENT, 'ok')

  t.equal(await fastify.auditLog.follow(EVENT, async () => 'done'), 'done')
  await t.rejects(fastify.auditLog.follow(EVENT, () => Promise.reject(fastify.httpErrors.createError(401))), { statusCode: 401, name: 'UnauthorizedError' })
  t.match(errors().map(({ args }) => args), [1, 2].map(() => [{ err: Error, action: 'sign_in', actor_id: 7 }, 'audit entry lost']))
})

t.test('what is preceded is recorded first, and marked if it is refused', async (t) => {
  const fastify = await build(t)
  const { auditLog } = fastify

  t.strictSame(await auditLog.precede(EVENT, () => outcomesOf(fastify)), ['ok'], 'before it is done')
  await t.rejects(auditLog.precede(EVENT, () => Promise.reject(fastify.httpErrors.createError(409))), { statusCode: 409, name: 'ConflictError' })
  await t.rejects(auditLog.precede(EVENT, () => Promise.reject(fastify.httpErrors.createError(503))), { statusCode: 503, name: 'ServiceUnavailableError' })
  t.strictSame(await outcomesOf(fastify), ['ok', 'refused', 'ok'], 'what may have been done stays')
})

t.test('what is preceded is not done without its entry', async (t) => {
  const fastify = await build(t)
  await breakAt(fastify, 'action')
  await fastify.auditLog.record(EVENT, 'ok')
  let count = 0

  await t.rejects(fastify.auditLog.precede(EVENT, async () => { count += 1 }), { code: 11_000 })
  t.equal(count, 0)
})

t.test('a refusal that cannot be marked is told as it is', async (t) => {
  const fastify = await build(t)
  await fastify.auditLog.record(EVENT, 'refused')
  await breakAt(fastify, 'outcome')
  const errors = t.capture(fastify.log, 'error')

  await t.rejects(fastify.auditLog.precede(EVENT, () => Promise.reject(fastify.httpErrors.createError(409))), { statusCode: 409, name: 'ConflictError' })
  t.equal(errors().length, 1)
  t.strictSame(await outcomesOf(fastify), ['ok', 'refused'])
})
