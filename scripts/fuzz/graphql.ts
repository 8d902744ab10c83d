import fc from 'fast-check'
import {
  getNamedType, getNullableType, isEnumType, isInputObjectType, isListType, isNonNullType, isObjectType,
  type GraphQLArgument, type GraphQLField, type GraphQLInputType, type GraphQLObjectType, type GraphQLSchema
} from 'graphql'
import type { Shot } from './target.ts'
import { hostileText, hostileValue } from './values.ts'

export interface GraphqlShot extends Shot {
  /** Whether the document is one of the schema, so that it must be run. */
  isValid: boolean
}

const MAX_DEPTH = 3
const HOSTILE_LITERALS = ['null', '{}', '{a: 1}', '[]', '[[]]', '-1', '1e999', '99999999999999999999', 'true', '""', '"$ne"', '"\\u0000"', '"""x"""', 'ENUM', '$v', '@', '__proto__', '{__proto__: 1}']
const text = (values: fc.Arbitrary<unknown>) => values.map((value) => JSON.stringify(value))

/** Documents of a schema, by what they are made of. */
function createDocuments (schema: GraphQLSchema, known: readonly string[], isValid: boolean) {
  const scalars: Record<string, fc.Arbitrary<string>> = {
    Int: fc.integer({ min: 1, max: 50 }).map(String),
    Float: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    Boolean: fc.boolean().map(String),
    ID: text(fc.oneof(fc.constantFrom(...known), fc.integer({ min: 1, max: 250 }).map(String))),
    DateTime: text(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString())),
    Price: text(fc.integer({ min: 1, max: 100_000 }).map(String)),
    Money: text(fc.integer({ min: -100, max: 100 }).map((whole) => `${whole}.000000`)),
    String: text(fc.oneof(fc.constantFrom('BTCUSDT', 'ETHUSDT', 'some-name'), fc.string({ unit: 'grapheme-ascii', maxLength: 20 })))
  }

  function literalOf (type: GraphQLInputType): fc.Arbitrary<string> {
    if (isNonNullType(type)) return literalOf(type.ofType)
    if (isListType(type)) return fc.array(literalOf(type.ofType), { minLength: 1, maxLength: 4 }).map((items) => `[${items.join(', ')}]`)
    if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name))
    if (isInputObjectType(type)) return argumentsOf(Object.values(type.getFields())).map((fields) => `{${fields}}`)
    return scalars[type.name] ?? fc.constant('null')
  }
  function argumentsOf (args: readonly Pick<GraphQLArgument, 'name' | 'type'>[]): fc.Arbitrary<string> {
    const each = args.map(({ name, type }) => {
      const literal = isValid ? literalOf(type) : fc.oneof({ weight: 3, arbitrary: literalOf(type) }, fc.constantFrom(...HOSTILE_LITERALS))
      return fc.option(literal, { nil: undefined, freq: isNonNullType(type) ? 1000 : 2 }).map((value) => value === undefined ? (isNonNullType(type) ? `${name}: null` : '') : `${name}: ${value}`)
    })
    return fc.tuple(...each).map((parts) => parts.filter((part) => part !== '').join(', '))
  }
  function fieldOf ({ name, args, type }: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<string> {
    const named = getNamedType(getNullableType(type))
    return fc.record({
      alias: fc.boolean(),
      args: argumentsOf(args),
      directive: fc.constantFrom('', '', '', ' @include(if: true)', ' @skip(if: false)'),
      selection: isObjectType(named) ? selectionOf(named, depth + 1) : fc.constant('')
    }).map(({ alias, args, directive, selection }) => `${alias ? `a${depth}_${name}: ` : ''}${name}${args === '' ? '' : `(${args})`}${directive} ${selection}`)
  }
  function selectionOf (type: GraphQLObjectType, depth: number): fc.Arbitrary<string> {
    const fields = Object.values(type.getFields()).filter((field) => depth < MAX_DEPTH || !isObjectType(getNamedType(field.type)))
    if (fields.length === 0) return fc.constant('{ __typename }')
    return fc.uniqueArray(fc.constantFrom(...fields), { minLength: 1, maxLength: depth === 0 ? 2 : 4, selector: ({ name }) => name })
      .chain((chosen) => fc.tuple(...chosen.map((field) => fieldOf(field, depth)), fc.constantFrom('', '__typename', `... on ${type.name} { __typename }`)))
      .map((parts) => `{ ${parts.join(' ')} }`)
  }
  return fc.constantFrom(...[schema.getQueryType(), schema.getMutationType()].filter((type) => type !== null && type !== undefined))
    .chain((type) => fc.tuple(fc.constantFrom('', 'Name '), selectionOf(type, 0)).map(([name, selection]) => `${type.name.toLowerCase()} ${name}${selection}`))
}

function mutilate (document: string, at: number, change: number, filler: string): string {
  const place = at % (document.length + 1)
  if (change === 0) return document.slice(0, place) + document.slice(place + 5)
  if (change === 1) return document.slice(0, place) + filler + document.slice(place)
  return change === 2 ? document.slice(0, place) : document + document
}

const JSON_TYPE = { 'content-type': 'application/json' }
const post = (body: unknown) => ({ method: 'POST', path: '/graphql', headers: JSON_TYPE, body: typeof body === 'string' ? body : String(JSON.stringify(body)) })
const get = (query: string) => ({ method: 'GET', path: `/graphql?query=${encodeURIComponent(Buffer.from(query).toString())}`.slice(0, 7000), headers: {} })

/** Operations of a schema, valid ones and such with something wrong, by POST, GET and in batches. */
export function graphqlShots (schema: GraphQLSchema, known: readonly string[]): fc.Arbitrary<GraphqlShot> {
  const valid = createDocuments(schema, known, true)
  const spoilt = createDocuments(schema, known, false)
  const mutilated = fc.tuple(valid, fc.nat(5000), fc.nat(3), fc.oneof(hostileText, fc.constantFrom('{', '}', '(', '...', '@', '...F', ' fragment F on Query { ...F }'))).map((parts) => mutilate(...parts))
  const fragment = valid.map((document) => `${document.replace(/\}$/, ' ...F }')} fragment F on ${document.startsWith('query') ? 'Query' : 'Mutation'} { __typename ...F }`)
  const request = fc.record({ query: fc.oneof(spoilt, mutilated, fragment, hostileValue), variables: hostileValue, operationName: hostileValue, extensions: hostileValue }, { requiredKeys: ['query'], noNullPrototype: true })

  return fc.oneof(
    { weight: 4, arbitrary: valid.map((query) => ({ ...post({ query }), isValid: true })) },
    { weight: 1, arbitrary: valid.map((query) => ({ ...get(query), isValid: false })) },
    { weight: 2, arbitrary: spoilt.map((query) => ({ ...post({ query }), isValid: false })) },
    { weight: 2, arbitrary: mutilated.map((query) => ({ ...post({ query }), isValid: false })) },
    { weight: 2, arbitrary: request.map((body) => ({ ...post(body), isValid: false })) },
    { weight: 1, arbitrary: fc.array(request, { maxLength: 30 }).map((batch) => ({ ...post(batch), isValid: false })) },
    { weight: 1, arbitrary: mutilated.map((query) => ({ ...get(query), isValid: false })) }
  )
}
