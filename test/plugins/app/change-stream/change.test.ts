import { ObjectId } from 'mongodb'
import t from 'tap'
import { tagsOfChange, type Change } from '../../../../plugins/app/change-stream/change.ts'
import { buildRepositories } from '../../../services.ts'

t.test('the tags of a change are those of the document as it was and as it is', async (t) => {
  const fastify = await buildRepositories(t)
  await fastify.ready()
  const [_id, before, after] = [new ObjectId(), new ObjectId(), new ObjectId()]
  const signal = (analystId: unknown) => ({ _id, analyst_id: analystId, symbol: 'BTCUSDT' })
  const tagsOf = (coll: string | undefined, change: Partial<Change>) =>
    tagsOfChange({ operationType: 'update', ns: { db: 'sahm', ...(coll && { coll }) }, documentKey: { _id }, ...change }, fastify.relatedKeys)?.sort()

  t.strictSame(tagsOf('users', { fullDocument: { _id, user_id: 7 } }), ['user:7', 'users'])
  t.strictSame(
    tagsOf('trade_signals', { fullDocument: signal(after), fullDocumentBeforeChange: signal(before) }),
    ['signals', `signal:${_id.toHexString()}`, `signals:${before.toHexString()}`, `signals:${after.toHexString()}`].sort()
  )
  t.strictSame(tagsOf('transactions', { fullDocument: null, fullDocumentBeforeChange: { _id, user_id: 7 } }), ['stats:7'])
  t.strictSame(tagsOf('analysts', { operationType: 'delete' }), [`analyst:${_id.toHexString()}`, 'analysts', `signals:${_id.toHexString()}`], 'a key is enough where the tags are made of it')
  t.strictSame(tagsOf('withdrawals', { fullDocument: { _id } }), [], 'nothing depends on other collections')

  t.equal(tagsOf('users', { operationType: 'delete' }), undefined, 'a key that does not tell')
  t.equal(tagsOf('trade_signals', { fullDocument: signal('no identifier') }), undefined, 'a document of another shape')
  t.equal(tagsOf('users', { operationType: 'drop', documentKey: undefined }), undefined)
  t.equal(tagsOf(undefined, { operationType: 'dropDatabase', documentKey: undefined }), undefined)
})
