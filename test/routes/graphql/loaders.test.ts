import t from 'tap'
import { addPeople, addPerson } from '../../people.ts'
import { buildGraphql, fillLedger, fillMarket, readsOf, type Connection } from './client.ts'

const PAGE = '{ signals(first: 50) { edges { node { symbol entry analyst { name user { username } } } } } }'

interface Page {
  signals: Connection<{ analyst: { user: { username: string } } }>
}

t.test('a page of 50 signals with analyst and the analyst\'s user costs 3 database commands', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  await fillMarket(fastify)
  const { subscriber, admin } = await addPeople(fastify)

  for (const [who, headers] of Object.entries({ anonymous: {}, subscriber: subscriber.headers, admin: admin.headers })) {
    for (const engine of ['interpreted', 'compiled', 'compiled']) {
      const commands = await readsOf(fastify, async () => {
        const { data, errors } = await ask<Page>(PAGE, { headers })
        t.equal(errors, undefined)
        t.equal(data?.signals.edges.length, 50)
        t.ok(data?.signals.edges.every(({ node }) => node.analyst.user.username.startsWith('person-')))
      })
      t.strictSame(commands.map(({ find }) => String(find)), ['trade_signals', 'analysts', 'users'], `${who}, ${engine}`)
    }
  }
})

t.test('without data loaders the answer is the same, of many more commands', async (t) => {
  const { fastify, ask } = await buildGraphql(t, { OPTIMIZATIONS_OFF: 'data-loaders' })
  await fillMarket(fastify, { count: 4 })
  const commands = await readsOf(fastify, async () => { await ask(PAGE) })
  const { data } = await ask<Page>(PAGE)

  t.equal(commands.length, 1 + 12 + 12)
  t.equal(data?.signals.edges[11]?.node.analyst.user.username, 'person-0')
})

t.test('each kind of link of a page is one command', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  const { people } = await fillMarket(fastify, { count: 6 })
  const admin = await addPerson(fastify, 'admin', { tier: 'admin' })
  for (const { userId } of people) await fillLedger(fastify, userId, 3)
  const query = `{ analysts(sort: NEWEST, first: 5) { edges { node {
    open: signals(first: 2, status: ACTIVE) { edges { node { id } } pageInfo { hasNextPage } }
    user { balance referrer { username } stats { transactionCount } transactions(first: 2) { edges { node { amount user { username } } } } }
  } } } }`
  const commands = await readsOf(fastify, async () => {
    const { data, errors } = await ask<{ analysts: Connection<{ open: unknown, user: unknown }> }>(query, { headers: admin.headers })
    t.equal(errors, undefined)
    t.match(data?.analysts.edges[2]?.node.open, { pageInfo: { hasNextPage: false } })
    t.strictSame(data?.analysts.edges[2]?.node.user, {
      balance: '1250.500003',
      referrer: { username: 'person-2' },
      stats: { transactionCount: 3 },
      transactions: { edges: [{ node: { amount: '3.000000', user: { username: 'person-3' } } }, { node: { amount: '2.000000', user: { username: 'person-3' } } }] }
    })
  })

  // users: those of the analysts, their referrers, and those of the entries, each known only after the step before
  t.strictSame(commands.map(({ find, aggregate }) => String(find ?? aggregate)).sort(), ['analysts', 'trade_signals', 'transactions', 'users', 'users', 'users', 'users'])
})

t.test('only the fields that the selection needs are read, whatever its form', async (t) => {
  const { fastify, ask } = await buildGraphql(t, { OPTIMIZATIONS_OFF: 'response-cache' })
  await fillMarket(fastify, { count: 2 })
  const always = { analyst_id: 1, status: 1, version: 1, created_at: 1 }
  const cases: Array<[string, Record<string, 1>, object?]> = [
    ['{ signals { edges { cursor } pageInfo { endCursor } } }', {}],
    ['{ signals { edges { node { coin: symbol __typename } } } }', { symbol: 1 }],
    ['{ signals { edges { ...E } } } fragment E on SignalEdge { node { ...S ...S } } fragment S on Signal { side ... on Signal { stopLoss } }', { side: 1, stop_loss: 1 }],
    ['query ($deep: Boolean!) { signals { edges { node { id side @skip(if: $deep) entry @include(if: $deep) } } } }', { _id: 1, entry: 1 }, { deep: true }],
    ['query ($deep: Boolean!) { signals { edges { node { id side @skip(if: $deep) entry @include(if: $deep) } } } }', { _id: 1, side: 1 }, { deep: false }],
    ['{ signals { edges { node { symbol } } } signals { edges { node { targets } } } }', { symbol: 1, targets: 1 }]
  ]

  for (const [query, projection, variables] of cases) {
    for (const engine of ['interpreted', 'compiled', 'compiled again']) {
      const [command] = await readsOf(fastify, async () => { t.equal((await ask(query, { variables })).errors, undefined) })
      t.strictSame(command?.projection, { ...always, ...projection }, `${engine}: ${query}`)
    }
  }
})

t.test('a batch reads the union of what its keys need', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  const { people: [first, second] } = await fillMarket(fastify, { count: 2 })
  const query = `{ a: analyst(id: "${first?._id.toHexString()}") { name } b: analyst(id: "${second?._id.toHexString()}") { rank } }`
  const commands = await readsOf(fastify, async () => {
    t.strictSame((await ask(query)).data, { a: { name: 'Analyst 0' }, b: { rank: 1.5 } })
  })

  t.strictSame(commands.map(({ projection }): unknown => projection), [{ user_id: 1, name: 1, rank: 1 }])
})
