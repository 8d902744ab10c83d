import t from 'tap'
import { MAX_KEYS_PER_USER, type ApiKeyDocument } from '../../../schemas/api-keys.ts'
import { buildRepositories } from '../../services.ts'

const key = (hash: string, userId = 7) => ({ user_id: userId, name: 'key', prefix: 'sahm_', key_hash: hash, scope: 'read' as const, expires_at: null })

async function build (t: Parameters<typeof buildRepositories>[0]) {
  const fastify = await buildRepositories(t)
  await fastify.ready()
  const keys = fastify.documents.collection<ApiKeyDocument>('api_keys')
  await keys.createIndex({ user_id: 1, slot: 1 }, { unique: true })
  return { repository: fastify.apiKeysRepository, keys }
}

t.test('a user has so many keys at most, however many are made at once', async (t) => {
  const { repository, keys } = await build(t)
  // some engines fail a few of those that meet at one place
  await Promise.allSettled(Array.from({ length: MAX_KEYS_PER_USER + 5 }, (_, n) => repository.create(key(`${n}`))))
  t.ok(await keys.countDocuments() <= MAX_KEYS_PER_USER)
  while (await repository.create(key(`more ${Math.random()}`)) !== null);

  t.equal(await keys.countDocuments(), MAX_KEYS_PER_USER)
  t.ok(await repository.create(key('other', 8)), 'others are not concerned')
  const [first] = await repository.listByUser(7)
  t.equal(await repository.remove(8, first?._id.toHexString() ?? ''), null, "another's key is not found")
  t.equal(await repository.remove(7, 'nonsense'), null)
  t.match(await repository.remove(7, first?._id.toHexString() ?? ''), { key_hash: first?.key_hash })
  t.ok(await repository.create(key('again')), 'a place that is free again is taken again')
})

t.test('the last use only moves forward; other failures than a taken place are told', async (t) => {
  const { repository, keys } = await build(t)
  await repository.create(key('a'))
  await repository.touch('a', new Date(2000))
  await repository.touch('a', new Date(1000))
  t.equal((await repository.findByHash('a'))?.last_used_at?.getTime(), 2000)
  t.equal(await repository.findByHash('b'), null)

  await t.rejects(repository.create({ ...key('c'), name: 'x'.repeat(17_000_000) }), 'longer than any document')
  t.equal(await keys.countDocuments(), 1)
})
