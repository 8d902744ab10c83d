import fp from 'fastify-plugin'
import { MongoServerError, ObjectId, type Collection, type Document } from 'mongodb'

declare module 'fastify' {
  interface FastifyInstance {
    documents: ReturnType<typeof createDocuments>
  }
}

const ID = /^[0-9a-f]{24}$/
const DUPLICATE_KEY = 11_000
/** Planners pay for each union with the square of those beside it: 100 in a row took 1,000 ms, ten times ten 100 ms. */
const UNION_WIDTH = 10

interface Options {
  collection: <T extends Document>(name: string) => Collection<T>
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

function createDocuments ({ collection, projections }: Options) {
  return {
    /** A collection of the application's database. */
    collection,
    unite,

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
    }
  }
}

/** What the repositories share: collections, projections (optimization 5), identifiers, duplicate keys. */
export default fp(async function documents (fastify) {
  const { client, db } = fastify.mongo
  const database = client.db(db?.databaseName)
  fastify.decorate('documents', createDocuments({
    collection: (name) => database.collection(name),
    projections: fastify.optimizationIsOn('projections')
  }))
}, { name: 'documents', dependencies: ['config', 'mongodb'] })
