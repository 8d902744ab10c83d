import { getIntrospectionQuery } from 'graphql'
import t from 'tap'
import { buildTarget, type Attack } from './graphql.ts'

const PRODUCTION = { NODE_ENV: 'production', JWT_SECRET: 's'.repeat(32) } as const

const INTROSPECTIONS = [
  getIntrospectionQuery(),
  '{ __type(name: "User") { fields { name } } }',
  '{ ...F } fragment F on Query { ... { alias: __schema { types { name } } } }',
  '{ __typename } fragment Unused on Query { __schema { types { name } } }'
]

/** Almost right names of everything that a message may suggest. */
const GUESSES: Array<[query: string, variables?: object]> = [
  ['{ signal { edge } }'],
  ['{ signals { edge { cursor } } }'],
  ['{ signalz { edges { cursor } } }'],
  ['{ signals(firs: 1) { edges { cursor } } }'],
  ['{ signals(status: ACTIV) { edges { cursor } } }'],
  ['{ signals(status: "ACTIVE") { edges { cursor } } }'],
  ['{ signals { edges { cursor } } } fragment F on Signl { id }'],
  ['query ($s: SignalStatu) { signals(status: $s) { edges { cursor } } }'],
  ['{ __typename @skp(if: true) }'],
  ['{ me }'],
  ['mutation { createSignal(input: { symbl: "BTCUSDT" }) { id } }'],
  ['query ($s: SignalStatus) { signals(status: $s) { edges { cursor } } }', { s: 'ACTIV' }],
  ['mutation ($i: UpdateProfileInput!) { updateProfile(input: $i) { userId } }', { i: { usernme: 'x' } }]
]

t.test('in production the schema cannot be asked for, nor guessed with help', async (t) => {
  const { fastify } = await buildTarget(t)
  const production = await buildTarget(t, { ...PRODUCTION, MONGODB_URI: fastify.databaseAddress })
  const attacks = INTROSPECTIONS.flatMap((query, i): Attack[] => [
    { name: `introspection ${i}`, body: { query }, status: 400, code: 'INTROSPECTION_OFF' },
    { name: `introspection ${i}, by GET`, search: { query }, status: 400, code: 'INTROSPECTION_OFF' }
  ])
  for (const one of attacks) await production.attack(one)

  for (const [query, variables] of GUESSES) {
    for (const round of [1, 2, 3]) {
      const { errors } = await production.ask(query, { variables })
      t.ok(errors?.length, `${query} ${round}`)
      t.notMatch(JSON.stringify(errors), /Did you mean/, query)
    }
  }
  t.strictSame(await production.ask('{ __typename }'), { data: { __typename: 'Query' } })
})

t.test('elsewhere messages help', async (t) => {
  const { ask } = await buildTarget(t)
  t.match(await ask('{ signalz { edges { cursor } } }'), { errors: [{ message: /Did you mean .*signals/ }] })
})
