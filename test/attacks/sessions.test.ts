import t from 'tap'
import { addPeople } from '../people.ts'
import { startTarget } from './server.ts'

const REFUSED = [401, 'UNAUTHENTICATED']

t.test('a stolen refresh token is worth nothing once both have used it', async (t) => {
  const { fastify, attack } = await startTarget(t)
  const { user } = await addPeople(fastify)
  const post = (url: string, body: unknown) => attack(url, { method: 'POST', body })
  const begin = async () => String((await post('/v1/sessions', { username: 'user', password: 'demo-password' })).body.refresh_token)
  const renew = async (token: unknown) => {
    const { status, code, body, headers } = await post('/v1/sessions/refresh', { refresh_token: token })
    t.equal(headers['cache-control'], 'no-store')
    return { is: [status, code], token: String(body.refresh_token) }
  }
  const pass = (ms: number) => fastify.documents.collection('sessions').updateMany({ user_id: user.user_id }, { $set: { createdAt: new Date(Date.now() - ms) } })

  const stolen = await begin()
  const owner = await renew(stolen)
  await pass(11_000)
  t.strictSame((await renew(stolen)).is, REFUSED, 'the thief comes second')
  t.strictSame((await renew(owner.token)).is, REFUSED, 'and the session has ended')

  const second = await begin()
  const thief = await renew(second)
  await renew(thief.token)
  t.strictSame((await renew(second)).is, REFUSED, 'the owner comes second, at once')
  t.strictSame((await renew(thief.token)).is, REFUSED, 'and the thief has nothing')

  const raced = await begin()
  const answers = await Promise.all(Array.from({ length: 10 }, () => renew(raced)))
  t.equal(new Set(answers.map(({ token }) => token)).size, 1, 'a race makes one next token, not ten')

  const expired = await begin()
  await pass(86_400_000)
  t.strictSame((await renew(expired)).is, REFUSED)
  for (const guess of [`${expired.slice(0, 24)}${'A'.repeat(43)}`, 'A'.repeat(67), expired.toLowerCase()]) t.strictSame((await renew(guess)).is, REFUSED)
  for (const form of [{ $ne: '' }, '', null, ['x'.repeat(67)], 'x'.repeat(1000)]) {
    const { is } = await renew(form)
    t.strictSame(is, [400, 'VALIDATION_FAILED'])
  }
})
