import { isDoc, show, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import type { Runtime } from '../aggregate/runtime.ts'
import type { View } from '../storage/database.ts'
import type { Engine } from './engine.ts'

/** A command as it runs: its name, its own fields (as they came), and what it reads and writes. */
export interface Call { name: string, db: string, args: Doc, engine: Engine, view: View, session: string | undefined }

export interface Command {
  /** The fields it takes beside its name and those every command takes. */
  fields: string[]
  run: (call: Call) => Doc | Promise<Doc>
  /** It may be part of a transaction. */
  transactional?: boolean
}

/** The namespace of the collection that a command names. */
export function namespace ({ db, args, name }: Call): string {
  const collection = args[name]
  if (typeof collection !== 'string') return fail(73, `collection name has invalid type ${typeof collection}`)
  return namespaceOf(db, collection)
}

export function namespaceOf (db: string, collection: string): string {
  if (!/^[^$\0]+$/.test(collection) || collection.startsWith('.') || collection.endsWith('.')) fail(73, `Invalid collection name: ${collection}`)
  return `${db}.${collection}`
}

export function docOf (args: Doc, field: string): Doc {
  const value = args[field] ?? {}
  return isDoc(value) ? value : fail(14, `BSON field '${field}' is the wrong type '${typeof value}', expected type 'object'`)
}

/** A list of documents, as in `updates`. */
export function docsOf (args: Doc, field: string): Doc[] {
  const value = args[field]
  if (value === undefined) return fail(40414, `BSON field '${field}' is missing but a required field`)
  return Array.isArray(value) && value.every(isDoc) ? value : fail(14, `BSON field '${field}' is the wrong type, expected type 'array' of objects`)
}

/** A count of documents, undefined if not given. */
export function countOf (args: Doc, field: string): number | undefined {
  if (args[field] === undefined) return undefined
  const value = Number(args[field])
  return Number.isSafeInteger(value) && value >= 0 ? value : fail(2, `BSON field '${field}' value must be >= 0, actual value '${show(args[field])}'`)
}

export const runtimeOf = ({ view, db, args }: Call): Runtime => ({ view, db, variables: docOf(args, 'let') })

export function assertFields (where: string, given: Doc, known: Set<string>): void {
  const unknown = Object.keys(given).find((field) => !known.has(field))
  if (unknown) fail(40415, `BSON field '${where}.${unknown}' is an unknown field or an option that is not supported.`)
}
