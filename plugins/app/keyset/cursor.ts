import { ObjectId } from 'mongodb'

export type KeyType = 'date' | 'number' | 'id' | 'text'
export type KeyValue = Date | number | ObjectId | string

const MAX_TIME_MS = 8.64e15
const ID = /^[0-9a-f]{24}$/

interface Codec {
  /** Not below any value of the type, and compared with it by the database. */
  greatest: KeyValue
  decode: (value: unknown) => KeyValue | undefined
}

export const codecs: Record<KeyType, Codec> = {
  date: {
    greatest: new Date(MAX_TIME_MS),
    decode: (value) => Number.isInteger(value) && Math.abs(Number(value)) <= MAX_TIME_MS ? new Date(Number(value)) : undefined
  },
  number: {
    greatest: Infinity,
    decode: (value) => Number.isFinite(value) ? Number(value) : undefined
  },
  id: {
    greatest: new ObjectId('f'.repeat(24)),
    decode: (value) => typeof value === 'string' && ID.test(value) ? new ObjectId(value) : undefined
  },
  // of ASCII, as identifiers of our own making are
  text: {
    greatest: '\u{7f}',
    decode: (value) => typeof value === 'string' ? value : undefined
  }
}

/** JSON of a key value; `decode` of its type is the way back. */
function toScalar (value: unknown): unknown {
  if (value instanceof Date) return value.getTime()
  return value instanceof ObjectId ? value.toHexString() : value
}

/** base64url of the list's name and the key values of its last item. */
export function encodeCursor (list: string, values: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([list, ...values.map(toScalar)])).toString('base64url')
}

function parse (cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}

/** The key values of a cursor, or undefined if it is broken or belongs to another list. */
export function decodeCursor (list: string, types: readonly KeyType[], cursor: string): KeyValue[] | undefined {
  const [name, ...parts] = parse(cursor)
  if (name !== list || parts.length !== types.length) return undefined
  const values = types.map((type, i) => codecs[type].decode(parts[i])).filter((value) => value !== undefined)
  return values.length === types.length ? values : undefined
}
