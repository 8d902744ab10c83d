import fp from 'fastify-plugin'
import { MongoErrorLabel, MongoServerError, ObjectId, type ClientSession, type Collection, type Document, type Filter, type FindCursor, type TransactionOptions, type WithId } from 'mongodb'

declare module 'fastify' {
  interface FastifyInstance {
    documents: ReturnType<typeof createDocuments>
  }
}

const ID = /^[0-9a-f]{24}$/
const DUPLICATE_KEY = 11_000
/** MongoDB's WriteConflict, and what DocumentDB says where two writes wait for each other's keys. */
const GAVE_WAY = [112, 16_908_292]
/** What DocumentDB says, seldom, of a collection that was made a moment before. */
const NOT_SEEN_YET = 'Unable to create the specified collection'
/** Below every identifier: without a condition some engines sort the whole collection. */
const LEAST_ID = new ObjectId('0'.repeat(24))
/** Documents of a batch while a collection is walked through, some 300 KB: by default it is 16 MB. */
const WALK_BATCH = 1000
/** Planners pay for each union with the square of those beside it: 100 in a row took 1,000 ms, ten times ten 100 ms. */
const UNION_WIDTH = 10

interface Options {
  collection: <T extends Document>(name: string) => Collection<T>
  transact: <T>(work: (session: ClientSession) => Promise<T>) => Promise<T>
  projections: boolean
}

/** The results of all `pipelines` over one collection, one after the other, as one pipeline. */
function unite (coll: string, pipelines: readonly Document[][]): Document[] {
  if (pipelines.length > UNION_WIDTH) {
    const size = Math.ceil(pipelines.length / UNION_WIDTH)
    const starts = pipelines.map((_, i) => i).filter((i) => i % size === 0)
    return unite(coll, starts.map((start) => unite(coll, pipelines.slice(start, start + size))))
  }
  const [first = [], ...others] = pipelines
  return [...first, ...others.map((pipeline) => ({ $unionWith: { coll, pipeline } }))]
}

/** The identifier that a text spells, or null: such a document cannot exist. */
function toId (text: string): ObjectId | null {
  return ID.test(text) ? new ObjectId(text) : null
}

/** Any of the places 0 to `count` - 1 that is not taken; undefined if all are. Requests at the same time seldom want the same. */
function freePlace (count: number, taken: readonly number[]): number | undefined {
  const free = Array.from({ length: count }, (_, place) => place).filter((place) => !taken.includes(place))
  return free[Math.floor(Math.random() * free.length)]
}

/**
 * Documents in the order of their `_id`, which is that of their making, to within the second that an ObjectId begins with.
 * `after`: only those behind the one that it finds; null if it finds none.
 */
async function walk<T extends Document> (documents: Collection<T>, projection: Record<string, 1> | undefined, after?: Filter<T>): Promise<FindCursor<WithId<T>> | null> {
  const position = after === undefined ? { _id: LEAST_ID } : await documents.findOne<{ _id: ObjectId }>(after, { projection: { _id: 1 } })
  const from: Filter<Document> = { _id: { $gt: position?._id } }
  return position && documents.find(from as Filter<T>, { projection, sort: { _id: 1 }, batchSize: WALK_BATCH })
}

/** What is answered has happened, whatever server fails next: without an arbiter MongoDB's own default says so, with one it does not. */
const FOR_GOOD: TransactionOptions = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } }

/** Whether a write did nothing, since another one wanted the same at the same time. */
function gaveWay (error: unknown): boolean {
  return error instanceof MongoServerError && GAVE_WAY.includes(Number(error.code))
}

/** Whether a transaction that failed would do better the next time. MongoDB labels such an error itself, DocumentDB not each. */
function isTransient (error: unknown): error is MongoServerError {
  return gaveWay(error) || (error instanceof MongoServerError && error.message === NOT_SEEN_YET)
}

/** Does `work` in a transaction of the session, anew where it fails but need not. */
async function transact<T> (session: ClientSession, work: (session: ClientSession) => Promise<T>): Promise<T> {
  return await session.withTransaction(async () => {
    try {
      return await work(session)
    } catch (error) {
      if (isTransient(error)) error.addErrorLabel(MongoErrorLabel.TransientTransactionError)
      throw error
    }
  }, FOR_GOOD)
}

function createDocuments ({ collection, transact, projections }: Options) {
  return {
    /** A collection of the application's database. */
    collection,
    unite,
    freePlace,
    walk,
    walkBatch: WALK_BATCH,
    leastId: LEAST_ID,

    /**
     * Does all that `work` does in its session, or nothing. Where another transaction wrote the same, `work` is begun anew: what it
     * does beside the session is done again.
     */
    transact,

    /**
     * Projection of the asked `fields` (API names; undefined: all) and of those that rules `always` need.
     * `_id`, the API's `id`, is part of every document.
     */
    project (fields: readonly string[] | undefined, always: readonly string[]): Record<string, 1> | undefined {
      if (fields === undefined || !projections) return undefined
      const names = [...always, ...fields].map((name) => name === 'id' ? '_id' : name)
      return Object.fromEntries(names.map((name) => [name, 1]))
    },

    toId,
    toIds: (texts: readonly string[]): ObjectId[] => texts.map(toId).filter((id) => id !== null),

    /** Whether a write failed because a unique index has its key already. */
    isDuplicate (error: unknown): boolean {
      return error instanceof MongoServerError && error.code === DUPLICATE_KEY
    },

    gaveWay
  }
}

/** What the repositories share: collections, projections (optimization 5), identifiers, duplicate keys. */
export default fp(async function documents (fastify) {
  const { client, db } = fastify.mongo
  const database = client.db(db?.databaseName)
  fastify.decorate('documents', createDocuments({
    collection: (name) => database.collection(name),
    transact: (work) => client.withSession((session) => transact(session, work)),
    projections: fastify.optimizationIsOn('projections')
  }))
}, { name: 'documents', dependencies: ['config', 'mongodb'] })
