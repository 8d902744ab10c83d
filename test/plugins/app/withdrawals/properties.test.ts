import fc from 'fast-check'
import t from 'tap'
import type { Behaviour } from '../../../../scripts/payouts/behaviour.ts'
import type { PayoutSandbox } from '../../../../scripts/payouts/sandbox.ts'
import type { Withdrawal } from '../../../../schemas/withdrawals.ts'
import { entriesOf, until } from '../../../jobs.ts'
import { addHolder, buildWithProvider, clientOf, differencesOf, hurry, type Client } from '../../../withdrawals.ts'

const USDT = 1_000_000
const MODES: Behaviour['mode'][] = ['ok', 'refuse', 'pending', 'busy', 'drop-before', 'drop-after', 'fail-before', 'fail-after', 'lie']

type Action =
  | { kind: 'deposit' | 'withdraw', usdt: number }
  | { kind: 'cancel', which: number }
  | { kind: 'provider', behaviour: Partial<Behaviour> }

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constantFrom('deposit' as const, 'withdraw' as const, 'withdraw' as const), usdt: fc.integer({ min: 10, max: 900 }) }),
  fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(5) }),
  fc.record({
    kind: fc.constant('provider' as const),
    behaviour: fc.record({ mode: fc.constantFrom(...MODES), on: fc.constantFrom('pay' as const, 'all' as const), times: fc.integer({ min: 1, max: 3 }), delay_ms: fc.constant(50) })
  })
)

interface Outcome {
  client: Client
  sandbox: PayoutSandbox
  ids: string[]
  deposited: number
}

/** The balance, the provider's book and what the user is told agree. */
async function check ({ client, sandbox, ids, deposited }: Outcome): Promise<void> {
  const payments = (await sandbox.payments()).filter(({ id, status }) => ids.includes(id) && status === 'paid')
  const paid = payments.reduce((sum, { amount }) => sum + Number(amount), 0)
  const balance = await client.balance()
  if (balance !== `${deposited - paid}.000000`) throw new Error(`${balance} of ${deposited} after ${paid}`)
  for (const id of ids) {
    const { status } = await client.withdrawal(id)
    if ((status === 'paid') !== payments.some((payment) => payment.id === id)) throw new Error(`${id} is ${status}`)
  }
}

t.test('whatever users and the provider do, a balance is what came less what was paid', async (t) => {
  const { fastify, sandbox } = await buildWithProvider(t)
  let users = 0
  let made = 0
  await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 10 }), async (actions) => {
    const holder = await addHolder(fastify, `user-${users++}`, { balance: 500 * USDT })
    const client = clientOf(fastify, holder)
    const ids: string[] = []
    let deposited = 500
    for (const wanted of actions) {
      if (wanted.kind === 'provider') sandbox.control(wanted.behaviour)
      if (wanted.kind === 'cancel' && ids.length > 0) await client.cancel(String(ids[wanted.which % ids.length]))
      if (wanted.kind === 'withdraw') {
        const answer = await client.withdraw(`${wanted.usdt}.000000`)
        if (answer.statusCode === 201) ids.push(answer.json<Withdrawal>().id)
      }
      if (wanted.kind === 'deposit') {
        deposited += wanted.usdt
        await fastify.ledger.transact(({ post }) => post({ user_id: holder.user_id, kind: 'deposit', amount: wanted.usdt * USDT, reference: 'more' }))
      }
    }
    sandbox.control({})
    await until(async () => {
      await hurry(fastify)
      return await entriesOf(fastify).countDocuments({}) === 0
    })
    made += ids.length
    await check({ client, sandbox, ids, deposited })
  }), { numRuns: 20 })
  t.ok(made > 5, `${made} withdrawals`)
  t.strictSame(await differencesOf(fastify), [])
})
