import { calculateObjectSize } from 'bson'
import { plain, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { matcher } from '../query/matcher.ts'
import type { Collection } from '../storage/collection.ts'
import { describe } from '../storage/index-tree.ts'
import { countOf, docOf, namespace, type Call, type Command } from './command.ts'
import { patiently } from './engine.ts'
import { existing } from './indexes.ts'

const inDatabase = ({ engine, db }: Call): Collection[] =>
  [...engine.database.collections.values()].filter(({ ns }) => ns.startsWith(`${db}.`))

function create (call: Call): Doc {
  const ns = namespace(call)
  const { database } = call.engine
  if (database.collections.has(ns)) fail(48, `Collection ${ns} already exists.`)
  database.collection(ns)
  return {}
}

async function drop (call: Call): Promise<Doc> {
  const { ns, indexes } = existing(call)
  const { database } = call.engine
  return patiently(() => {
    database.assertQuiet(ns)
    database.collections.delete(ns)
    return { ns, nIndexesWas: indexes.size }
  })
}

async function dropDatabase (call: Call): Promise<Doc> {
  const { database } = call.engine
  return patiently(() => {
    const collections = inDatabase(call)
    for (const { ns } of collections) database.assertQuiet(ns)
    for (const { ns } of collections) database.collections.delete(ns)
    return { dropped: call.db }
  })
}

function listCollections (call: Call): Doc {
  const { db, args, engine } = call
  const test = matcher(docOf(args, 'filter'))
  const found = inDatabase(call).map((collection) => ({
    name: collection.ns.slice(db.length + 1),
    type: 'collection',
    options: {},
    info: { readOnly: false },
    idIndex: describe(collection.byId)
  })).filter(test)
  const shown = args.nameOnly === true ? found.map(({ name, type }) => ({ name, type })) : found
  return engine.cursors.open(`${db}.$cmd.listCollections`, shown, { count: countOf(plain(docOf(args, 'cursor')), 'batchSize') })
}

function sizeOf (collections: Collection[]): number {
  let bytes = 0
  for (const { byId } of collections) for (const doc of byId.tree.values()) bytes += calculateObjectSize(doc)
  return bytes
}

function listDatabases ({ engine, args }: Call): Doc {
  const all = [...engine.database.collections.values()]
  const names = new Set(all.map(({ ns }) => ns.slice(0, ns.indexOf('.'))))
  const databases = [...names].map((name) => ({ name, sizeOnDisk: sizeOf(all.filter(({ ns }) => ns.startsWith(`${name}.`))), empty: false }))
    .filter(matcher(docOf(args, 'filter')))
  if (args.nameOnly === true) return { databases: databases.map(({ name }) => ({ name })) }
  return { databases, totalSize: databases.reduce((sum, { sizeOnDisk }) => sum + sizeOnDisk, 0) }
}

const statsOf = (collections: Collection[]): Doc => {
  const size = sizeOf(collections)
  const count = collections.reduce((sum, collection) => sum + collection.size, 0)
  return { size, avgObjSize: count > 0 ? size / count : 0, storageSize: size }
}

function collStats (call: Call): Doc {
  const collection = call.engine.database.collections.get(namespace(call))
  const list = collection ? [collection] : []
  return { ns: namespace(call), count: collection?.size ?? 0, ...statsOf(list), nindexes: collection?.indexes.size ?? 0 }
}

function dbStats (call: Call): Doc {
  const collections = inDatabase(call)
  const objects = collections.reduce((sum, collection) => sum + collection.size, 0)
  const indexes = collections.reduce((sum, collection) => sum + collection.indexes.size, 0)
  const { size, ...stats } = statsOf(collections)
  return { db: call.db, collections: collections.length, objects, indexes, dataSize: size, ...stats }
}

export const catalog: Record<string, Command> = {
  create: { run: create, fields: ['comment', 'maxTimeMS'] },
  drop: { run: drop, fields: ['comment', 'maxTimeMS'] },
  dropDatabase: { run: dropDatabase, fields: ['comment', 'maxTimeMS'] },
  listCollections: { run: listCollections, fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor', 'comment'] },
  listDatabases: { run: listDatabases, fields: ['filter', 'nameOnly', 'authorizedDatabases', 'comment'] },
  collStats: { run: collStats, fields: ['scale', 'comment'] },
  dbStats: { run: dbStats, fields: ['scale', 'comment'] }
}
