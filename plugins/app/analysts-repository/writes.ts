import type { FastifyInstance } from 'fastify'
import type { AnalystChanges, AnalystDocument, NewAnalyst } from '../../../schemas/analysts.ts'
import type { StoredAnalyst } from './queries.ts'

type Tools = Pick<FastifyInstance, 'documents' | 'httpErrors' | 'monitored' | 'relatedKeys'>

/** What shows an analyst: itself, all lists, and its signals. */
function tagsOf ({ _id }: Pick<StoredAnalyst, '_id'>): string[] {
  const id = _id.toHexString()
  return ['analysts', `analyst:${id}`, `signals:${id}`]
}

/** Writes of analysts. */
export function createAnalystWrites ({ documents, httpErrors, monitored, relatedKeys }: Tools) {
  const analysts = documents.collection<AnalystDocument>('analysts')
  const changed = relatedKeys.declare('analysts', { _id: true }, tagsOf)

  /** A user is at most one analyst: a second is an error 409 `ANALYST_EXISTS`. */
  async function create (analyst: NewAnalyst): Promise<StoredAnalyst> {
    const document = { ...analyst, created_at: new Date() }
    try {
      const { insertedId } = await analysts.insertOne({ ...document })
      const created = { _id: insertedId, ...document }
      await changed(created)
      return created
    } catch (error) {
      if (!documents.isDuplicate(error) && !documents.gaveWay(error)) throw error
      throw httpErrors.createError(409, 'The user is an analyst already', { code: 'ANALYST_EXISTS' })
    }
  }

  async function update (id: string, changes: AnalystChanges): Promise<StoredAnalyst | null> {
    const _id = documents.toId(id)
    const analyst = _id && await analysts.findOneAndUpdate({ _id }, { $set: changes }, { returnDocument: 'after' })
    if (analyst) await changed(analyst)
    return analyst
  }

  return {
    create: monitored('analysts.create', create),
    update: monitored('analysts.update', update)
  }
}
