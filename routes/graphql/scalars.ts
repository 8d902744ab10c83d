import type { FastifyInstance } from 'fastify'
import { GraphQLError, Kind, isEnumType, isIntrospectionType, isScalarType, type GraphQLEnumType, type GraphQLScalarType, type GraphQLSchema } from 'graphql'
import type { TSchema } from 'typebox'
import { MoneySchema, PriceSchema, TimestampSchema } from '../../schemas/common.ts'

type Compiler = FastifyInstance['validatorCompiler']

/** Scalars that are text on both sides, as their REST schemas say. */
const TEXTS = new Map<string, { schema: TSchema, meaning: string }>([
  ['DateTime', { schema: TimestampSchema, meaning: 'a date and time of RFC 3339' }],
  ['Money', { schema: MoneySchema, meaning: 'an amount with six decimals, as text' }],
  ['Price', { schema: PriceSchema, meaning: 'a decimal number, as text' }]
])

/** Values whose REST text is not the lower-case name. */
const RENAMED = new Map([
  ['NEWEST', '-created_at'],
  ['ONE_MINUTE', '1m'],
  ['FIVE_MINUTES', '5m'],
  ['FIFTEEN_MINUTES', '15m'],
  ['ONE_HOUR', '1h'],
  ['FOUR_HOURS', '4h'],
  ['ONE_DAY', '1d'],
  ['ERC20', 'ERC20'],
  ['TRC20', 'TRC20']
])

function defineText (type: GraphQLScalarType, compile: Compiler): void {
  const text = TEXTS.get(type.name)
  if (!text) return
  const { schema, meaning } = text
  const validate = compile?.({ schema, method: 'POST', url: '/graphql', httpPart: 'body' })
  // a leap second is a time of RFC 3339, but not one that can be compared
  const isTime = (value: unknown) => type.name !== 'DateTime' || !Number.isNaN(Date.parse(String(value)))

  type.serialize = (value) => value
  type.parseValue = function parseText (value) {
    if (validate?.(value) === true && isTime(value)) return value
    throw new GraphQLError(`The value must be ${meaning}`)
  }
  type.parseLiteral = (node) => type.parseValue(node.kind === Kind.STRING ? node.value : undefined)
}

/** Upper-case names outside, the values of REST inside: in the values, since compiled queries read them there. */
function defineEnumeration (type: GraphQLEnumType): void {
  const names = new Map<unknown, string>()
  for (const value of type.getValues()) {
    value.value = RENAMED.get(value.name) ?? value.name.toLowerCase()
    names.set(value.value, value.name)
  }
  type.serialize = (value) => names.get(value)
}

/** Says how the scalars and enumerations of the schema are read and written. */
export function defineLeafTypes (schema: GraphQLSchema, compile: Compiler): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type)) defineText(type, compile)
    if (isEnumType(type) && !isIntrospectionType(type)) defineEnumeration(type)
  }
}
