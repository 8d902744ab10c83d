import t from 'tap'
import adjustments from '../../../plugins/app/adjustments.ts'
import ledger from '../../../plugins/app/ledger/index.ts'
import { addPerson } from '../../people.ts'
import { buildRepositories } from '../../services.ts'

t.test('a balance is corrected by the given transaction, after the audit log has its entry', async (t) => {
  const fastify = await buildRepositories(t)
  for (const plugin of [ledger, adjustments]) await fastify.register(plugin)
  await fastify.ready()
  const { caller, user_id: id } = await addPerson(fastify, 'admin', { tier: 'admin' })
  const correction = { user_id: id, amount: '-0.500000', reason: 'ticket' }
  const balance = async () => (await fastify.usersRepository.findById(id))?.balance

  t.match(await fastify.adjustments.create(caller, correction, fastify.ledger.transact), { kind: 'adjustment', amount: '-0.500000', reference: 'ticket' })
  t.equal(await balance(), 9_999_500_000)
  t.match((await fastify.auditLog.list({ limit: 9 })).items, [{ action: 'adjustment', actor_id: id, target: `user:${id}`, outcome: 'ok' }])

  await fastify.documents.collection('audit_log').createIndex({ action: 1 }, { unique: true })
  await t.rejects(fastify.adjustments.create(caller, correction, fastify.ledger.transact), { code: 11000 })
  t.equal(await balance(), 9_999_500_000, 'what cannot be recorded is not done')
})
