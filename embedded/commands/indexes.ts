import { compareKeys } from '../bson/keys.ts'
import { isDoc, plain, show, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import type { Collection } from '../storage/collection.ts'
import { describe, type IndexSpec, type IndexTree } from '../storage/index-tree.ts'
import { assertFields, countOf, docOf, docsOf, namespace, type Call, type Command } from './command.ts'
import { patiently } from './engine.ts'

const OPTIONS = new Set(['key', 'name', 'unique', 'sparse', 'partialFilterExpression', 'expireAfterSeconds', 'background', 'v', 'ns'])
const PARTIAL = new Set(['$eq', '$gt', '$gte', '$lt', '$lte', '$in', '$exists', '$type', '$and'])

function assertPartial (value: unknown): void {
  if (Array.isArray(value)) return value.forEach(assertPartial)
  if (!isDoc(value)) return
  const unknown = Object.keys(value).find((key) => key.startsWith('$') && !PARTIAL.has(key))
  if (unknown) fail(67, `unsupported expression in partial index: ${unknown}`)
  Object.values(value).forEach(assertPartial)
}

function keyOfSpec (key: Doc): IndexSpec['key'] {
  const entries = Object.entries(key)
  if (entries.length === 0) fail(67, 'Index keys cannot be an empty object')
  for (const [path, order] of entries) {
    if (order !== 1 && order !== -1) fail(67, `index type ${show(order)} of '${path}' is not supported: only 1 and -1 are`)
    if (path.split('.').some((part) => part === '' || part.startsWith('$'))) fail(67, `the index key '${path}' is not valid`)
  }
  return Object.fromEntries(entries) as IndexSpec['key']
}

function specOf (given: Doc): IndexSpec {
  assertFields('createIndexes.indexes', given, OPTIONS)
  const { name, ...rest } = plain(given)
  const key = keyOfSpec(docOf(rest, 'key'))
  const options = {
    unique: rest.unique ? true : undefined,
    sparse: rest.sparse ? true : undefined,
    partialFilterExpression: rest.partialFilterExpression && docOf(rest, 'partialFilterExpression'),
    expireAfterSeconds: countOf(rest, 'expireAfterSeconds')
  }
  assertPartial(options.partialFilterExpression)
  if (typeof name !== 'string' || name === '') return fail(67, 'index names must be non-empty strings')
  if (options.partialFilterExpression && options.sparse) fail(67, 'cannot mix "partialFilterExpression" and "sparse" options')
  if (options.expireAfterSeconds !== undefined && Object.keys(key).length > 1) fail(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL')
  return { key, name, ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) }
}

const text = ({ name, ...spec }: IndexSpec): string => show(Object.entries(spec).sort(([a], [b]) => compareKeys(a, b)))

/** True if the index is there already, just so. */
function exists (collection: Collection, spec: IndexSpec): boolean {
  const same = collection.indexes.get(spec.name)?.spec
  if (same && JSON.stringify(same.key) !== JSON.stringify(spec.key)) fail(86, `An existing index has the same name as the requested index: ${spec.name}`)
  for (const index of collection.indexes.values()) {
    if (JSON.stringify(index.spec.key) !== JSON.stringify(spec.key)) continue
    if (index.isId) return true
    if (index.spec.name !== spec.name) fail(85, `Index already exists with a different name: ${index.spec.name}`)
    if (text(index.spec) !== text(spec)) fail(85, `An equivalent index already exists with the same name but different options: ${spec.name}`)
  }
  return same !== undefined
}

async function createIndexes (call: Call): Promise<Doc> {
  const ns = namespace(call)
  const { database } = call.engine
  const specs = docsOf(call.args, 'indexes').map(specOf)
  if (specs.length === 0) fail(2, 'Must specify at least one index to create')
  return patiently(() => {
    database.assertQuiet(ns)
    const createdCollectionAutomatically = !database.collections.has(ns)
    const collection = database.collection(ns)
    const numIndexesBefore = collection.indexes.size
    for (const spec of specs) if (!exists(collection, spec)) collection.addIndex(spec)
    return { numIndexesBefore, numIndexesAfter: collection.indexes.size, createdCollectionAutomatically }
  })
}

export function existing (call: Call): Collection {
  const ns = namespace(call)
  return call.engine.database.collections.get(ns) ?? fail(26, `ns does not exist: ${ns}`)
}

function listIndexes (call: Call): Doc {
  const { ns, indexes } = existing(call)
  return call.engine.cursors.open(ns, [...indexes.values()].map(describe), { count: countOf(docOf(call.args, 'cursor'), 'batchSize') })
}

function named (collection: Collection, wanted: unknown): IndexTree {
  const key = isDoc(wanted) ? JSON.stringify(plain(wanted)) : undefined
  const index = [...collection.indexes.values()].find(({ spec }) => key ? JSON.stringify(spec.key) === key : spec.name === wanted)
  return index ?? fail(27, `can't find index with ${key ? `key: ${key}` : `name ${String(wanted)}`}`)
}

async function dropIndexes (call: Call): Promise<Doc> {
  const collection = existing(call)
  const { index } = call.args
  return patiently(() => {
    call.engine.database.assertQuiet(collection.ns)
    const nIndexesWas = collection.indexes.size
    const all = [...collection.indexes.values()].filter(({ isId }) => !isId)
    const dropped = index === '*' ? all : (Array.isArray(index) ? index : [index]).map((wanted: unknown) => named(collection, wanted))
    if (dropped.some(({ isId }) => isId)) fail(72, 'cannot drop _id index')
    for (const { spec } of dropped) collection.indexes.delete(spec.name)
    return { nIndexesWas }
  })
}

/** Changes when a TTL index lets documents go; nothing else can be changed. */
function collMod (call: Call): Doc {
  const collection = existing(call)
  const wanted = plain(docOf(call.args, 'index'))
  assertFields('collMod.index', wanted, new Set(['name', 'keyPattern', 'expireAfterSeconds']))
  const { spec } = named(collection, wanted.name ?? wanted.keyPattern)
  const seconds = countOf(wanted, 'expireAfterSeconds') ?? fail(72, 'no expireAfterSeconds field')
  const before = spec.expireAfterSeconds
  spec.expireAfterSeconds = seconds
  return { ...(before === undefined ? {} : { expireAfterSeconds_old: before }), expireAfterSeconds_new: seconds }
}

export const indexes: Record<string, Command> = {
  createIndexes: { run: createIndexes, fields: ['indexes', 'commitQuorum', 'comment', 'maxTimeMS'] },
  listIndexes: { run: listIndexes, fields: ['cursor', 'comment'] },
  dropIndexes: { run: dropIndexes, fields: ['index', 'comment', 'maxTimeMS'] },
  deleteIndexes: { run: dropIndexes, fields: ['index', 'comment', 'maxTimeMS'] },
  collMod: { run: collMod, fields: ['index', 'comment', 'maxTimeMS'] }
}
