import { BSONRegExp, Double, Long, MaxKey, MinKey, ObjectId, Timestamp, type Binary } from 'bson'
import { get, type Doc } from './values.ts'

/**
 * Values as strings that compare, by code unit, as MongoDB orders BSON: first the type's bracket, then the value.
 * Equal values (1, 1.0 and NumberLong(1)) have equal keys, no key is a prefix of another, so keys can be joined.
 * Tags leave room on both sides for the bounds of a bracket.
 */
export const TAG = { min: 2, empty: 6, null: 10, number: 14, string: 18, object: 22, array: 26, binary: 30, id: 34, boolean: 38, date: 42, timestamp: 46, regex: 50, max: 54 }

const char = String.fromCharCode
const float = new Float64Array(1)
const halves = new Uint32Array(float.buffer)
/** Middle of the last digit, which tells 64-bit integers apart that share a double. */
const EXACT = 0x8000
const NULL = char(TAG.null)
const END = '\0'

function numberKey (tag: number, value: number, rest = EXACT): string {
  if (Number.isNaN(value)) return char(tag, 0, 0, 0, 0, EXACT)
  float[0] = value === 0 ? 0 : value
  const negative = value < 0
  const high = (negative ? ~halves[1]! : halves[1]! | 0x80000000) >>> 0
  const low = (negative ? ~halves[0]! : halves[0]!) >>> 0
  return char(tag, high >>> 16, high & 0xffff, low >>> 16, low & 0xffff, rest)
}

function bigintKey (value: bigint): string {
  const near = Number(value)
  return numberKey(TAG.number, near, EXACT + Number(value - BigInt(near)))
}

const WIDE = /[\ud800-\uffff]/
/** UTF-16 orders surrogates before U+E000–U+FFFF, UTF-8 after. */
const likeUtf8 = (unit: string): string => char(unit.charCodeAt(0) + (unit < '\ue000' ? 0x2000 : -0x800))

function textKey (text: string): string {
  const safe = text.includes(END) ? text.replaceAll(END, '\0\x01') : text
  return (WIDE.test(safe) ? safe.replace(/[\ud800-\uffff]/g, likeUtf8) : safe) + '\0\0'
}

const bytes = (data: Uint8Array): string => Array.from(data, (byte) => char(byte)).join('')

const words = (...numbers: number[]): string => numbers.map((n) => char(n >>> 16, n & 0xffff)).join('')

const pair = (id: Uint8Array, i: number): number => id[i]! << 8 | id[i + 1]!

const idKey = (id: Uint8Array): string =>
  char(TAG.id, pair(id, 0), pair(id, 2), pair(id, 4), pair(id, 6), pair(id, 8), pair(id, 10))

function objectKey (doc: Doc): string {
  let key = char(TAG.object)
  for (const name of Object.keys(doc)) {
    if (doc[name] === undefined) continue
    const value = keyOf(doc[name])
    key += value[0]! + textKey(name) + value
  }
  return key + END
}

const regexKey = (pattern: string, options: string): string => char(TAG.regex) + textKey(pattern) + textKey(options)

const binaryKey = (value: Binary): string => char(TAG.binary) + words(value.position) + char(value.sub_type) + bytes(value.value())

const OBJECTS = new Map<unknown, (value: never) => string>([
  [Object.prototype, objectKey],
  [Array.prototype, (value: unknown[]) => char(TAG.array) + value.map(keyOf).join('') + END],
  [Date.prototype, (value: Date) => numberKey(TAG.date, value.getTime())],
  [ObjectId.prototype, (value: ObjectId) => idKey(value.id)],
  [Double.prototype, (value: Double) => numberKey(TAG.number, value.value)],
  [Long.prototype, (value: Long) => bigintKey(value.toBigInt())],
  [Timestamp.prototype, (value: Timestamp) => char(TAG.timestamp) + words(value.t, value.i)],
  [BSONRegExp.prototype, (value: BSONRegExp) => regexKey(value.pattern, value.options)],
  [RegExp.prototype, (value: RegExp) => regexKey(value.source, value.flags.replace('u', ''))],
  [MinKey.prototype, () => char(TAG.min)],
  [MaxKey.prototype, () => char(TAG.max)]
])

function objectLikeKey (value: object): string {
  const encode = OBJECTS.get(Object.getPrototypeOf(value)) ?? binaryKey
  return encode(value as never)
}

export function keyOf (value: unknown): string {
  switch (typeof value) {
    case 'string': return char(TAG.string) + textKey(value)
    case 'number': return numberKey(TAG.number, value)
    case 'bigint': return bigintKey(value)
    case 'boolean': return char(TAG.boolean, value ? 2 : 1)
    case 'undefined': return NULL
    case 'symbol': return char(TAG.empty)
    default: return value === null ? NULL : objectLikeKey(value as object)
  }
}

/** The same key for a descending index field. */
export const inverted = (key: string): string => {
  let out = ''
  for (let i = 0; i < key.length; i++) out += char(0xffff - key.charCodeAt(i))
  return out
}

export const sameValue = (a: unknown, b: unknown): boolean => keyOf(a) === keyOf(b)

export const compareKeys = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

export const compareValues = (a: unknown, b: unknown): number => compareKeys(keyOf(a), keyOf(b))

/** The key of a document's `_id`. */
export const idOf = (doc: Doc): string => keyOf(get(doc, '_id'))
