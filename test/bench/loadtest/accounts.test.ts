import t from 'tap'
import { openAccounts } from '../../../bench/loadtest/accounts.ts'
import type { Kind } from '../../../bench/loadtest/scenario.ts'

const kinds: Kind[] = [
  { name: 'list', class: 'cached', part: 1, requests: [] },
  { name: 'again', class: 'cached', part: 1, requests: [], isConditional: true },
  { name: 'query', class: 'uncached', part: 1, requests: [], isGraphQL: true }
]
const [list, again, query] = kinds as [Kind, Kind, Kind]
const answer = { status: 200, cacheStatus: undefined, etag: undefined, body: '' }

t.test('times begin when a question was due; what the generator delayed is told apart', async (t) => {
  const accounts = openAccounts(kinds)
  for (const [due, sent, now] of [[0, 1, 5], [10, 40, 50]] as const) accounts.send(list, due, sent)(answer, now)
  const { classes: { cached }, sentLate } = accounts.close()

  t.match(cached, { asked: 2, answered: 2, failed: 0, fromDue: { p50: 22.5, max: 40 }, fromSent: { p50: 7, max: 10 } })
  t.match(sentLate, { p50: 15.5, max: 30 })
})

t.test('every question that was asked is answered or failed, and each failure has a name', async (t) => {
  const accounts = openAccounts(kinds)
  const settle = (kind: Kind, outcome: Parameters<ReturnType<typeof accounts.send>>[0]) => accounts.send(kind, 0, 0)(outcome, 1)

  t.ok(settle(list, { ...answer, cacheStatus: 'sahm; hit; ttl=58' }))
  t.ok(settle(again, { ...answer, status: 304 }))
  t.notOk(settle(list, { ...answer, status: 304 }), 'nobody asked for that')
  t.notOk(settle(list, { ...answer, status: 503 }))
  t.notOk(settle(query, { ...answer, body: '{"data":null,"errors":[]}' }))
  t.notOk(settle(query, { failure: 'never answered' }))
  t.notOk(settle(query, { failure: 'never answered' }))
  const { kinds: ofKind, classes: { cached, uncached }, errors } = accounts.close()

  t.strictSame(errors, { 'status 304': 1, 'status 503': 1, 'GraphQL errors': 1, 'never answered': 2 })
  t.match(cached, { asked: 4, answered: 2, failed: 2, kept: 1, notModified: 1 })
  t.match(uncached, { asked: 3, answered: 0, failed: 3 })
  t.match(ofKind, { list: { class: 'cached', asked: 3 }, again: { asked: 1 }, query: { class: 'uncached', failed: 3 } })
})
