import { GraphQLError } from 'graphql'
import t from 'tap'
import { createGuards } from '../../routes/graphql/guards.ts'
import { createParsedDocuments } from '../../routes/graphql/parsed-documents.ts'
import { buildTarget, fanOut, repeat, type Attack } from './graphql.ts'

const LEVELS = 30
const MAX_MS = 5
const ROUNDS = 201

const DOCUMENTS: Array<[name: string, code: string, query: string]> = [
  ['2^30 fields at the root', 'TOO_MANY_ROOT_FIELDS', `{ ...F0 } ${fanOut(LEVELS)}`],
  ['2^30 fields of a type', 'TOO_MANY_FIELDS', `{ signals { ...F0 } } ${fanOut(LEVELS, undefined, 'SignalConnection')}`],
  ['2^30 through inline fragments', 'TOO_MANY_FIELDS', `{ signals { ...F0 } } ${fanOut(LEVELS, (name) => `... on SignalConnection { ...${name} } ... { ...${name} }`, 'SignalConnection')}`],
  ['2^30 through fields', 'TOO_MANY_FIELDS', `{ me { ...F0 } } ${fanOut(LEVELS, (name) => `a: referrer { userId } ...${name} ...${name}`, 'User', 'userId')}`],
  ['2^8 aliases', 'TOO_MANY_ALIASES', `{ signals { ...F0 } } ${fanOut(8, undefined, 'SignalConnection', 'a: __typename')}`],
  ['2^30 directives', 'TOO_MANY_FIELDS', `{ signals { ...F0 } } ${fanOut(LEVELS, (name) => `...${name} @include(if: true) ...${name} @skip(if: false)`, 'SignalConnection')}`],
  ['directives on spreads of nothing', 'TOO_MANY_DIRECTIVES', `{ signals { ...F0 } } ${fanOut(7, (name) => `...${name} @include(if: true) ...${name} @skip(if: false)`, 'SignalConnection')}`],
  ['a fan-out that no operation uses', 'TOO_MANY_FIELDS', `{ __typename } ${fanOut(LEVELS)}`],
  ['a fragment within itself', 'CYCLIC_FRAGMENTS', '{ ...F } fragment F on Query { ...F ...F }'],
  ['a ring of fragments', 'CYCLIC_FRAGMENTS', `{ ...R0 } ${repeat(60, (i) => `fragment R${i} on Query { ...R${(i + 1) % 60} ...R${(i + 7) % 60} }`)}`],
  ['a ring through fields', 'CYCLIC_FRAGMENTS', '{ me { ...F } } fragment F on User { referrer { referrer { ...F } } }']
]

function codeOf (work: () => void): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error instanceof GraphQLError ? error.extensions.code : error
  }
}

t.test('documents that fan out are refused', async (t) => {
  const { attack } = await buildTarget(t)
  const attacks = DOCUMENTS.flatMap(([name, code, query]): Attack[] => [
    { name, body: { query }, status: 400, code },
    { name: `${name}, by GET`, search: { query }, status: 400, code },
    { name: `${name}, as the second operation`, body: { query: `query A { __typename } query B ${query}`, operationName: 'A' }, status: 400, code }
  ])
  for (const one of attacks) await attack(one)
})

t.test('they are refused within milliseconds, however often they come', (t) => {
  for (const [name, code, query] of DOCUMENTS) {
    const requireHarmless = createGuards({ documentOf: createParsedDocuments(), introspection: true })
    const times = Array.from({ length: ROUNDS }, (_, i) => {
      const start = performance.now()
      const found = codeOf(() => requireHarmless({ query: `${query} # ${i}` }))
      const time = performance.now() - start
      t.equal(found, code)
      return time
    }).sort((a, b) => a - b)
    t.ok((times[ROUNDS >> 1] ?? Infinity) < MAX_MS, `${name}: ${times[ROUNDS >> 1]} ms`)
  }
  t.end()
})
