import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import type { CommandStartedEvent } from 'mongodb'
import t, { type Test } from 'tap'
import access from '../../../plugins/app/access/index.ts'
import apiKeys from '../../../plugins/app/api-keys/index.ts'
import { addAnalyst, addPerson } from '../../people.ts'
import { buildRepositories } from '../../services.ts'

async function build (test: Test): Promise<FastifyInstance> {
  const fastify = await buildRepositories(test)
  await fastify.register(access)
  await fastify.register(apiKeys)
  await fastify.ready()
  return fastify
}

/** A key of the right form that nobody has. */
function unknownKey (): string {
  const text = `sahm_${randomBytes(32).toString('base64url')}`
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(text))
  return text + checksum.toString('base64url')
}

/** Number of reads of a collection that `run` makes. */
async function readsOf (fastify: FastifyInstance, collection: string, run: () => Promise<unknown>): Promise<number> {
  let count = 0
  const note = ({ command }: CommandStartedEvent) => { if (command.find === collection) count += 1 }
  fastify.mongo.client.on('commandStarted', note)
  await run()
  fastify.mongo.client.off('commandStarted', note)
  return count
}

const REFUSAL = { statusCode: 401, message: 'The API key is unknown, revoked or expired' }

t.test('a key stands for its user as the user is now', async (t) => {
  const fastify = await build(t)
  const { user_id: userId, caller } = await addPerson(fastify, 'trader')
  const created = await fastify.apiKeys.create(caller, { name: 'bot', scope: 'trade' })
  const identity = { user_id: userId, tier: 'free', analyst_id: null, subscription_expires: null, session_id: '', scope: 'trade' }

  t.match(created, { name: 'bot', scope: 'trade', prefix: created.key.slice(0, 10), is_expired: false, expires_at: null, last_used_at: null })
  t.match(created.key, /^sahm_[\w-]{49}$/)
  t.strictSame(await fastify.apiKeys.identify(created.key), identity)
  const stored = await fastify.documents.collection('api_keys').findOne()
  t.notOk(JSON.stringify(stored).includes(created.key.slice(10)), 'the database does not know the key itself')

  await fastify.usersRepository.update(userId, { tier: 'vip' })
  t.match(await fastify.apiKeys.identify(created.key), { tier: 'vip' })
  await fastify.usersRepository.update(userId, { tier: 'admin' })
  await t.rejects(fastify.apiKeys.identify(created.key), REFUSAL, 'no key is an admin')
  await fastify.usersRepository.update(userId, { tier: 'free', is_active: false })
  await t.rejects(fastify.apiKeys.identify(created.key), REFUSAL, 'nor of a closed account')
})

t.test('the key of an analyst names the analyst, that of a subscriber the end', async (t) => {
  const fastify = await build(t)
  const analyst = await addAnalyst(fastify, 'analyst')
  const { key } = await fastify.apiKeys.create(analyst.caller, { name: 'bot', scope: 'trade' })
  t.match(await fastify.apiKeys.identify(key), { tier: 'analyst', analyst_id: analyst.analyst_id })

  const named = await addPerson(fastify, 'named', { tier: 'analyst' })
  const other = await fastify.apiKeys.create(named.caller, { name: 'bot', scope: 'read' })
  t.match(await fastify.apiKeys.identify(other.key), { tier: 'analyst', analyst_id: null })
  const subscriber = await addPerson(fastify, 'subscriber', { subscription_expires: new Date(5e12) })
  const third = await fastify.apiKeys.create(subscriber.caller, { name: 'bot', scope: 'read' })
  t.match(await fastify.apiKeys.identify(third.key), { subscription_expires: 5e12 })
  const former = await addPerson(fastify, 'former', { tier: 'vip', subscription_expires: new Date(Date.now() - 1) })
  const fourth = await fastify.apiKeys.create(former.caller, { name: 'bot', scope: 'read' })
  t.match(await fastify.apiKeys.identify(fourth.key), { tier: 'free' }, 'a vip no more')
})

t.test('a revoked key is refused at once, an expired one in time', async (t) => {
  const fastify = await build(t)
  const { caller } = await addPerson(fastify, 'trader')
  const { apiKeys } = fastify
  const lasting = await apiKeys.create(caller, { name: 'a', scope: 'read' })
  const ending = await apiKeys.create(caller, { name: 'b', scope: 'read', expires_at: new Date(Date.now() + 60_000).toISOString() })
  for (const { key } of [lasting, ending]) await apiKeys.identify(key)

  await apiKeys.revoke(caller, lasting.id)
  await t.rejects(apiKeys.identify(lasting.key), REFUSAL)
  t.match(await apiKeys.list(caller), [{ id: ending.id, is_expired: false, expires_at: /^20/, last_used_at: /^20/ }])
  const later = Date.now() + 61_000
  t.intercept(Date, 'now', { value: () => later })
  await t.rejects(apiKeys.identify(ending.key), REFUSAL)
  t.match(await apiKeys.list(caller), [{ is_expired: true }])

  await t.rejects(apiKeys.revoke(caller, lasting.id), { statusCode: 404, name: 'NotFoundError' })
  await t.rejects(apiKeys.revoke({ ...caller, user_id: 1 }, ending.id), { statusCode: 404, name: 'NotFoundError' })
})

t.test('what is refused', async (t) => {
  const fastify = await build(t)
  const { caller } = await addPerson(fastify, 'trader')
  const admin = await addPerson(fastify, 'admin', { tier: 'admin' })
  const { apiKeys } = fastify

  await t.rejects(apiKeys.create(admin.caller, { name: 'a', scope: 'read' }), { statusCode: 403, name: 'ForbiddenError' })
  await t.rejects(apiKeys.create(caller, { name: 'a', scope: 'read', expires_at: '2020-01-01T00:00:00Z' }), { statusCode: 422, code: 'INVALID_EXPIRY' })
  for (let n = 0; n < 20; n += 1) await apiKeys.create(caller, { name: 'a', scope: 'read' })
  await t.rejects(apiKeys.create(caller, { name: 'a', scope: 'read' }), { statusCode: 409, code: 'TOO_MANY_API_KEYS' })
})

t.test('a key is looked up once, an unknown one too, and what has no checksum never', async (t) => {
  const fastify = await build(t)
  const { caller } = await addPerson(fastify, 'trader')
  const { key } = await fastify.apiKeys.create(caller, { name: 'a', scope: 'read' })
  const identify = async (text: string) => fastify.apiKeys.identify(text).catch((error: Error) => error)
  const tenTimes = (text: string) => readsOf(fastify, 'api_keys', async () => { for (let n = 0; n < 10; n += 1) await identify(text) })

  t.equal(await tenTimes(key), 1)
  t.equal(await tenTimes(unknownKey()), 1)
  for (const text of ['', 'sahm_', `${key}, ${key}`, key.toUpperCase(), key.slice(0, -1), `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`]) t.equal(await tenTimes(text), 0, text)
})

t.test('a failure of the database is not a refusal; a use that is not noted does no harm', async (t) => {
  const fastify = await build(t)
  const { caller } = await addPerson(fastify, 'trader')
  const { key } = await fastify.apiKeys.create(caller, { name: 'a', scope: 'read' })
  fastify.apiKeysRepository.touch = async () => { throw new Error('no') }
  t.match(await fastify.apiKeys.identify(key), { scope: 'read' })

  fastify.apiKeysRepository.findByHash = async () => { throw new Error('away') }
  await t.rejects(fastify.apiKeys.identify(unknownKey()), { message: 'away' })
})
