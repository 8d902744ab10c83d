import { Binary, BSONRegExp, Double, EJSON, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID, deserialize, type DeserializeOptions } from 'bson'
import { fail } from '../errors.ts'

/** A document in the engine. Stored ones are never changed, only replaced. */
export type Doc = Record<string, unknown>

/**
 * How BSON types live here: int32 and double as number, int64 as bigint, so that each goes back as the type it came as.
 * A double that would go back as an int32 (1.0) stays wrapped. Decimal128, code, symbols and DBRefs are refused:
 * mingo cannot compare them.
 */
const DECODE: DeserializeOptions = { promoteValues: false, bsonRegExp: true }

export const isDoc = (value: unknown): value is Doc =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** A value as messages show it. */
export const show = (value: unknown): string => EJSON.stringify(value ?? null)

export const get = (doc: Doc, key: string): unknown => Object.hasOwn(doc, key) ? doc[key] : undefined

export const isInt32 = (value: number): boolean => (value | 0) === value && !Object.is(value, -0)

/** A double as the engine keeps it: wrapped if a bare number would be taken for an int32. */
export const double = (value: number): number | Double => isInt32(value) ? new Double(value) : value

const SCALARS = new Map<unknown, (value: never) => unknown>([
  [Int32.prototype, (value: Int32) => value.value],
  [Double.prototype, (value: Double) => double(value.value)],
  [Long.prototype, (value: Long) => value.toBigInt()],
  [Date.prototype, (value: Date) => value],
  [ObjectId.prototype, (value: ObjectId) => value],
  // a view would keep the whole network frame alive
  [Binary.prototype, (value: Binary) => new Binary(Uint8Array.from(value.value()), value.sub_type)],
  [UUID.prototype, (value: UUID) => new UUID(Uint8Array.from(value.id))],
  [Timestamp.prototype, (value: Timestamp) => value],
  [BSONRegExp.prototype, (value: BSONRegExp) => value],
  [MinKey.prototype, (value: MinKey) => value],
  [MaxKey.prototype, (value: MaxKey) => value]
])

const FORBIDDEN_KEYS = new Set(['__proto__', '_bsontype', 'toBSON'])
/** MongoDB's limit on the nesting of documents. */
const MAX_DEPTH = 180

function settle (value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  const convert = SCALARS.get(Object.getPrototypeOf(value))
  if (convert) return convert(value as never)
  if (depth > MAX_DEPTH) fail(2, `documents nested deeper than ${MAX_DEPTH} levels are not supported`)
  if (Array.isArray(value)) return value.map((item) => settle(item, depth + 1))
  return isDoc(value) ? settleDoc(value, depth) : fail(238, `BSON type ${value.constructor.name} is not supported`)
}

function settleDoc (doc: Doc, depth = 0): Doc {
  for (const key of Object.keys(doc)) {
    if (FORBIDDEN_KEYS.has(key)) fail(2, `the field name '${key}' is not supported`)
    doc[key] = settle(doc[key], depth + 1)
  }
  return doc
}

export const decode = (bytes: Uint8Array): Doc => settleDoc(deserialize(bytes, DECODE))

function unwrapped (value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Double) return value.value
  if (Array.isArray(value)) {
    const items = value.map(unwrapped)
    return items.some((item, i) => item !== value[i]) ? items : value as unknown[]
  }
  return isDoc(value) ? plain(value) : value
}

/** The document with bare numbers for wrapped doubles, as mingo's expressions need it; the same object if there are none. */
export function plain (doc: Doc): Doc {
  let copy: Doc | undefined
  for (const key of Object.keys(doc)) {
    const value = unwrapped(doc[key])
    if (value !== doc[key]) (copy ??= { ...doc })[key] = value
  }
  return copy ?? doc
}
