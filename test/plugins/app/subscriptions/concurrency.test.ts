import fc from 'fast-check'
import t from 'tap'
import { addMonths } from '../../../../plugins/app/subscriptions/months.ts'
import { addUser, build, buy, differencesOf, PRICE, stateOf } from './helper.ts'

const fulfilled = (outcomes: PromiseSettledResult<unknown>[]) => outcomes.filter(({ status }) => status === 'fulfilled').length

t.test('of fifty purchases at once with the balance for one, one is made', async (t) => {
  const fastify = await build(t)
  const referrer = await addUser(fastify, 'referrer', 0)
  const user = await addUser(fastify, 'user', PRICE, { referred_by: referrer.user_id })
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => buy(fastify, user)))

  t.equal(fulfilled(outcomes), 1)
  for (const outcome of outcomes) if (outcome.status === 'rejected') t.match(outcome.reason, { code: 'INSUFFICIENT_BALANCE' })
  const { balance, entries, expires } = await stateOf(fastify, user)
  t.match({ balance, entries }, { balance: 0, entries: { length: 1 } })
  t.equal(expires, addMonths(entries[0]?.created_at as Date, 1).toISOString())
  t.match(await stateOf(fastify, referrer), { balance: PRICE / 10, entries: { length: 1 }, earnings: { length: 1 } })
})

t.test('purchases at once extend one after the other: none is lost', async (t) => {
  const fastify = await build(t)
  const referrer = await addUser(fastify, 'referrer', 0)
  const users = [await addUser(fastify, 'one', 20 * PRICE, { referred_by: referrer.user_id }), await addUser(fastify, 'two', 20 * PRICE, { referred_by: referrer.user_id })]
  const ends = await Promise.all(users.map(async (user) => await Promise.all(Array.from({ length: 5 }, () => buy(fastify, user)))))

  for (const [i, bought] of ends.entries()) {
    const { balance, expires, entries } = await stateOf(fastify, users[i] ?? referrer)
    t.equal(balance, 15 * PRICE)
    t.equal(new Set(bought.map((one) => one.subscription_expires)).size, 5, 'each ends later than the one before')
    const [first, ...others] = bought.map((one) => one.subscription_expires).sort()
    t.equal(expires, others.reduce((end) => addMonths(new Date(end), 1).toISOString(), String(first)))
    t.equal(entries.length, 5)
  }
  t.match(await stateOf(fastify, referrer), { balance: PRICE, entries: { length: 10 }, earnings: { length: 10 } })
  t.strictSame(await differencesOf(fastify), [])
})

type Action = { kind: 'adjust', who: number, amount: number } | { kind: 'buy', who: number, months: number }

t.test('however users buy and balances are corrected, the ledger and the shares are right', async (t) => {
  const fastify = await build(t)
  const founder = await addUser(fastify, 'founder', 3 * PRICE)
  const closed = await addUser(fastify, 'closed', 0, { is_active: false })
  const people = [founder, await addUser(fastify, 'second', PRICE, { referred_by: founder.user_id })]
  people.push(await addUser(fastify, 'third', PRICE, { referred_by: people[1]?.user_id ?? null }), await addUser(fastify, 'fourth', PRICE, { referred_by: closed.user_id }))
  const who = fc.nat(people.length - 1)
  const action: fc.Arbitrary<Action> = fc.oneof(
    fc.record({ kind: fc.constant('adjust' as const), who, amount: fc.integer({ min: -2 * PRICE, max: 4 * PRICE }).filter((amount) => amount !== 0) }),
    fc.record({ kind: fc.constant('buy' as const), who, months: fc.integer({ min: 1, max: 3 }) })
  )
  const act = async (wanted: Action): Promise<unknown> => {
    const person = people[wanted.who] ?? founder
    if (wanted.kind === 'buy') return await buy(fastify, person, wanted.months)
    return await fastify.ledger.transact(({ post }) => post({ user_id: person.user_id, kind: 'adjustment', amount: wanted.amount, reference: 'random' }))
  }

  let done = 0
  await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 2, maxLength: 10 }), async (actions) => {
    done += fulfilled(await Promise.allSettled(actions.map(act)))
    for (const person of people) {
      const { balance = -1 } = await stateOf(fastify, person)
      if (balance < 0) throw new Error(`${person.user_id} has ${balance}`)
    }
  }), { numRuns: 20 })

  t.ok(done > 20, `${done} actions`)
  t.strictSame(await differencesOf(fastify), [])
  const shares = await fastify.documents.collection('transactions').find({ kind: 'referral' }).toArray()
  const earnings = await fastify.documents.collection('referral_earnings').find().toArray()
  const paid = await fastify.documents.collection('transactions').find({ kind: 'subscription' }).toArray()
  const expected = paid.flatMap(({ _id, user_id: id, amount }) => {
    const buyer = people.findIndex((person) => person.user_id === id)
    // nobody referred the founder, and who referred the fourth may not sign in
    return buyer === 1 || buyer === 2 ? [`${people[buyer - 1]?.user_id} ${_id.toHexString()} ${-amount / 10}`] : []
  })
  t.strictSame(shares.map(({ user_id: id, reference, amount }) => `${id} ${String(reference).replace('transaction:', '')} ${amount}`).sort(), [...expected].sort())
  t.strictSame(earnings.map(({ referrer_id: id, transaction_id: entry, amount }) => `${id} ${String(entry)} ${amount}`).sort(), [...expected].sort())
})
