import fc from 'fast-check'

/** A JSON schema, as far as values are made from it. */
export interface Schema {
  type?: string
  enum?: unknown[]
  anyOf?: Schema[]
  pattern?: string
  format?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  items?: Schema
  minItems?: number
  maxItems?: number
  properties?: Record<string, Schema>
  required?: string[]
}

/** Pattern of identifiers. */
const ID = '^[0-9a-f]{24}$'
const HOSTILE_TEXTS = [
  '', ' ', '\u0000', '\uFFFD', '\u202E', '\u{1F600}'.repeat(50), 'x'.repeat(9000), '$ne', '$where', '__proto__', 'constructor', 'toString', '../../etc/passwd', '%00', '%zz', '%', "' || 1==1", '"', '\\',
  '{{7*7}}', '<script>', 'null', 'undefined', 'NaN', '-0', '1e999', '99999999999999999999', '0x10', '[object Object]', '(a+)+$', '\r\nx: y', 'true', '2026-13-45T99:99:99Z', '0001-01-01T00:00:00Z', '+275760-09-13T00:00:00Z'
]

export const hostileText = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ maxLength: 200 }))

/** What belongs nowhere: wrong types, operators, huge numbers, keys of prototypes, depth. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e308, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, [], {}, [[]], { $ne: null }, { $gt: '' }, { $where: '1' }, [{ $in: [] }]),
  fc.jsonValue({ maxDepth: 4 }),
  fc.integer({ min: 1, max: 2000 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown)
)

function textOf ({ pattern, format, minLength = 0, maxLength = 100 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString())
  if (pattern === undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, 200) })
  return fc.stringMatching(new RegExp(pattern), { size: 'small' }).filter((text) => text.length <= maxLength)
}

function objectOf ({ properties = {}, required = [] }: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  const values = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valueOf(schema, known)]))
  return fc.record(values, { requiredKeys: required, noNullPrototype: true })
}

function numberOf ({ type, minimum = -1000, maximum = 1000 }: Schema): fc.Arbitrary<number> {
  if (type === 'number') return fc.double({ min: minimum, max: maximum, noNaN: true })
  // most numbers of users are small here
  return fc.oneof(fc.integer({ min: minimum, max: Math.min(maximum, minimum + 250) }), fc.maxSafeInteger().filter((value) => value >= minimum && value <= maximum))
}

function listOf ({ items = {}, minItems = 0, maxItems = 5 }: Schema, known: readonly string[]): fc.Arbitrary<unknown[]> {
  return fc.array(valueOf(items, known), { minLength: minItems, maxLength: Math.min(maxItems, 12) })
}

const makers: Record<string, (schema: Schema, known: readonly string[]) => fc.Arbitrary<unknown>> = {
  string: (schema, known) => schema.pattern === ID ? fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, textOf(schema)) : textOf(schema),
  integer: numberOf,
  number: numberOf,
  boolean: () => fc.boolean(),
  array: listOf,
  object: objectOf
}

/** What a schema allows; identifiers are mostly those of things that there are. */
export function valueOf (schema: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((option) => valueOf(option, known)))
  return makers[schema.type ?? '']?.(schema, known) ?? fc.constant(null)
}
