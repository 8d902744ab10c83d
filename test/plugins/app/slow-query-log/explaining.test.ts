import { setImmediate } from 'node:timers/promises'
import type { Document } from 'mongodb'
import t from 'tap'
import { explainable } from '../../../../plugins/app/slow-query-log/explainable.ts'
import { createExplaining, type ExplainOutcome } from '../../../../plugins/app/slow-query-log/explaining.ts'

const EXPLAINED = { queryPlanner: { winningPlan: { stage: 'COLLSCAN' } } }

/** Plans from a database that answers as told; `asked` has the commands, `told` the ids whose plan came. */
function build (answer: (command: Document) => Promise<Document>) {
  const asked: Document[] = []
  const told: string[] = []
  const counts: ExplainOutcome[] = []
  const explaining = createExplaining({
    run: (database, command) => {
      asked.push({ database, ...command })
      return answer(command)
    },
    count: (outcome) => { counts.push(outcome) }
  })
  const add = (id: string) => { explaining.add({ id, database: 'sahm', command: { find: id }, done: () => { told.push(id) } }) }
  return { explaining, add, asked, told, counts }
}

t.test('plans are fetched one at a time, within a limit of time', async (t) => {
  const answers: (() => void)[] = []
  const { explaining, add, asked, told, counts } = build(() => new Promise((resolve) => { answers.push(() => { resolve(EXPLAINED) }) }))
  for (const id of ['one', 'two']) add(id)
  await setImmediate()
  t.strictSame(asked, [{ database: 'sahm', explain: { find: 'one' }, verbosity: 'executionStats', maxTimeMS: 1000 }])
  t.strictSame(['one', 'two', 'three'].map(explaining.isNew), [false, false, true], 'nothing is asked for twice')

  answers[0]?.()
  await setImmediate()
  t.strictSame(told, ['one'])
  t.match(explaining.planOf('one'), { scan: true })
  t.equal(explaining.planOf('two'), undefined)
  t.equal(asked.length, 2)

  add('three')
  const stopped = explaining.stop()
  answers[1]?.()
  await stopped
  t.strictSame(told, ['one', 'two'], 'what waits at the end is forgotten')
  add('four')
  t.strictSame(counts, ['explained', 'explained', 'dropped'])
})

t.test('a query that takes too long is explained without being run', async (t) => {
  const { explaining, add, asked, told } = build(async ({ verbosity }) => {
    if (verbosity === 'executionStats') throw new Error('exceeded time limit')
    return EXPLAINED
  })
  add('one')
  await explaining.stop()
  t.strictSame(asked.map(({ verbosity }) => verbosity as string), ['executionStats', 'queryPlanner'])
  t.strictSame(told, ['one'])
})

t.test('a plan that is not to be had is not asked for again, and of too many the last are dropped', async (t) => {
  const { explaining, add, told, counts } = build(async () => { throw new Error('not supported') })
  for (let n = 0; n < 12; n++) add(`${n}`)
  t.strictSame(counts, ['dropped'], 'one is at work and ten wait')
  t.ok(explaining.isNew('11'), 'the next time it may have its turn')
  while (counts.length < 12) await setImmediate()
  await explaining.stop()
  t.strictSame(told, [])
  t.notOk(explaining.isNew('0'))
  t.equal(explaining.planOf('0'), undefined)
})

t.test('only what reads can be explained, without its session', async (t) => {
  const session = { $db: 'sahm', lsid: { id: 1 }, txnNumber: 1n }
  t.strictSame(explainable({ find: 'users', filter: { a: 1 }, sort: { a: 1 }, ...session }, 'find'), { find: 'users', filter: { a: 1 }, sort: { a: 1 } })
  t.strictSame(explainable({ aggregate: 'users', pipeline: [{ $match: {} }], cursor: { batchSize: 5 }, ...session }, 'aggregate'), { aggregate: 'users', pipeline: [{ $match: {} }], cursor: {} })
  t.strictSame(explainable({ count: 'users', query: {} }, 'count'), { count: 'users', query: {} })
  t.strictSame(explainable({ distinct: 'users', key: 'tier' }, 'distinct'), { distinct: 'users', key: 'tier' })

  for (const stage of [{ $out: 'copy' }, { $merge: 'copy' }, { $changeStream: {} }]) {
    t.equal(explainable({ aggregate: 'users', pipeline: [{ $match: {} }, stage] }, 'aggregate'), undefined)
  }
  t.equal(explainable({ aggregate: 'users', pipeline: 'text' }, 'aggregate'), undefined)
  t.equal(explainable({ aggregate: 1, pipeline: [] }, 'aggregate'), undefined, 'no collection')
  for (const name of ['update', 'delete', 'insert', 'findAndModify', 'getMore']) t.equal(explainable({ [name]: 'users' }, name), undefined)
  t.equal(explainable({ find: 'users', filter: { a: 'x'.repeat(65_536) } }, 'find'), undefined, 'too large to be kept')
})
