import t from 'tap'
import { addPeople } from '../people.ts'
import { startTarget } from './server.ts'

t.test('who guesses is slowed down, whether the user exists or not, and locks out nobody else', async (t) => {
  const { fastify, attack } = await startTarget(t)
  await addPeople(fastify)
  const guess = async (username: string) => {
    const { status, code, headers } = await attack('/v1/sessions', { method: 'POST', body: { username, password: 'wrong password' } })
    return { is: [status, code], wait: headers['retry-after'] }
  }

  for (const username of ['user', 'nobody']) {
    const answers = []
    for (let n = 0; n < 5; n += 1) answers.push((await guess(username)).is)
    t.strictSame(answers, Array.from({ length: 5 }, () => [401, 'UNAUTHENTICATED']), username)
    t.strictSame(await guess(username), { is: [429, 'TOO_MANY_SIGN_INS'], wait: '1' }, username)
  }
  const burst = await Promise.all(Array.from({ length: 20 }, () => guess('subscriber')))
  t.equal(burst.filter(({ is: [status] }) => status === 401).length, 5, 'many at once are not free')

  const payload = { username: 'user', password: 'demo-password' }
  const owner = await fastify.inject({ method: 'POST', url: '/v1/sessions', payload, remoteAddress: '192.0.2.1' })
  t.equal(owner.statusCode, 201, 'the owner signs in from elsewhere')
  t.strictSame((await attack('/v1/sessions', { method: 'POST', body: { username: 'stranger', password: 'demo-password' } })).status, 201)
})
