import t from 'tap'
import type { SessionDocument } from '../../../schemas/users.ts'
import { buildRepositories } from '../../services.ts'

async function build (t: Parameters<typeof buildRepositories>[0]) {
  const fastify = await buildRepositories(t)
  await fastify.ready()
  return { repository: fastify.sessionsRepository, sessions: fastify.documents.collection<SessionDocument>('sessions') }
}

const DAY_MS = 86_400_000

t.test('a token is exchanged once, however many try, and the session lives on for a day', async (t) => {
  const { repository, sessions } = await build(t)
  const id = await repository.create({ user_id: 7, token_hash: 'old' })
  await sessions.updateOne({ token_hash: 'old' }, { $set: { createdAt: new Date(Date.now() - DAY_MS + 60_000) } })

  const attempts = await Promise.all(['a', 'b', 'c'].map((hash) => repository.rotate('old', hash)))
  const [session, ...others] = attempts.filter((attempt) => attempt !== null)
  t.strictSame(others, [])
  t.equal(session?._id.toHexString(), id)
  t.equal(session?.user_id, 7)
  t.ok((session?.createdAt.getTime() ?? 0) > Date.now() - 60_000)
  t.equal(await repository.rotate('never', 'x'), null)
})

t.test('a session that has expired, or was removed, is over', async (t) => {
  const { repository, sessions } = await build(t)
  const expired = await repository.create({ user_id: 7, token_hash: 'expired' })
  await sessions.updateOne({ token_hash: 'expired' }, { $set: { createdAt: new Date(Date.now() - DAY_MS) } })
  t.equal(await repository.rotate('expired', 'new'), null, 'whether or not the index has swept it')

  await repository.create({ user_id: 7, token_hash: 'other' })
  await repository.remove(expired)
  await repository.remove('nonsense')
  t.equal(await sessions.countDocuments(), 1)
})
