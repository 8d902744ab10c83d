import t from 'tap'
import type { SessionDocument } from '../../../schemas/users.ts'
import { buildRepositories } from '../../services.ts'

async function build (t: Parameters<typeof buildRepositories>[0]) {
  const fastify = await buildRepositories(t)
  await fastify.ready()
  return { repository: fastify.sessionsRepository, sessions: fastify.documents.collection<SessionDocument>('sessions') }
}

const DAY_MS = 86_400_000

const session = (name: string) => ({ family_hash: name, token_hash: `${name} 0` })

t.test('a token is exchanged once, however many try, and the session lives on for a day', async (t) => {
  const { repository, sessions } = await build(t)
  const id = await repository.create({ user_id: 7, ...session('a') })
  await sessions.updateOne({ family_hash: 'a' }, { $set: { createdAt: new Date(Date.now() - DAY_MS + 60_000) } })

  const attempts = await Promise.all(['x', 'y', 'z'].map((salt) => repository.rotate(session('a'), { token_hash: `a ${salt}`, salt })))
  t.strictSame(attempts.map(({ outcome }) => outcome).sort(), ['repeated', 'repeated', 'rotated'])
  const stored = await sessions.find().toArray()
  t.match(stored, [{ user_id: 7, token_hash: /^a [xyz]$/, previous_hash: 'a 0' }], 'one document for a session')
  t.equal(stored[0]?._id.toHexString(), id)
  t.ok((stored[0]?.createdAt.getTime() ?? 0) > Date.now() - 60_000)
  for (const attempt of attempts) t.match(attempt, { session: { token_hash: stored[0]?.token_hash, salt: stored[0]?.salt } }, 'all see the same')
  t.strictSame(await repository.rotate(session('never'), { token_hash: 'x', salt: 'x' }), { outcome: 'unknown' })
})

t.test('a token used again after a moment, or after its successor, ends its session only', async (t) => {
  const { repository, sessions } = await build(t)
  for (const name of ['a', 'b', 'c']) await repository.create({ user_id: 7, ...session(name) })
  for (const name of ['a', 'b']) await repository.rotate(session(name), { token_hash: `${name} 1`, salt: '1' })
  await sessions.updateOne({ family_hash: 'a' }, { $set: { createdAt: new Date(Date.now() - 10_000) } })
  await repository.rotate({ family_hash: 'b', token_hash: 'b 1' }, { token_hash: 'b 2', salt: '2' })

  for (const name of ['a', 'b']) {
    t.match(await repository.rotate(session(name), { token_hash: 'x', salt: 'x' }), { outcome: 'reused', session: { user_id: 7 } })
    t.strictSame(await repository.rotate(session(name), { token_hash: 'x', salt: 'x' }), { outcome: 'unknown' })
  }
  t.strictSame((await sessions.find().toArray()).map(({ family_hash: family }) => family), ['c'])
})

t.test('a session that has expired, or was removed, is over', async (t) => {
  const { repository, sessions } = await build(t)
  const expired = await repository.create({ user_id: 7, ...session('expired') })
  await sessions.updateOne({ family_hash: 'expired' }, { $set: { createdAt: new Date(Date.now() - DAY_MS) } })
  t.match(await repository.rotate(session('expired'), { token_hash: 'new', salt: '' }), { outcome: 'unknown' }, 'whether or not the index has swept it')

  await repository.create({ user_id: 7, ...session('other') })
  await repository.remove(expired)
  await repository.remove('nonsense')
  t.equal(await sessions.countDocuments(), 1)
})

t.test('a session that is removed while it is renewed is over', async (t) => {
  const { repository, sessions } = await build(t)
  for (let n = 0; n < 50; n++) {
    const id = await repository.create({ user_id: n, ...session(`${n}`) })
    await Promise.all([repository.rotate(session(`${n}`), { token_hash: `${n} 1`, salt: '1' }), repository.remove(id)])
  }
  t.equal(await sessions.countDocuments(), 0)
})
