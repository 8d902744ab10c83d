import type { FastifyInstance } from 'fastify'
import type { AnalystChanges, AnalystDocument, NewAnalyst } from '../../../schemas/analysts.ts'
import type { StoredAnalyst } from './queries.ts'

type Tools = Pick<FastifyInstance, 'documents' | 'httpErrors' | 'monitored'>

/** Writes of analysts. */
export function createAnalystWrites ({ documents, httpErrors, monitored }: Tools) {
  const analysts = documents.collection<AnalystDocument>('analysts')

  /** A user is at most one analyst: a second is an error 409 `ANALYST_EXISTS`. */
  async function create (analyst: NewAnalyst): Promise<StoredAnalyst> {
    const document = { ...analyst, created_at: new Date() }
    try {
      const { insertedId } = await analysts.insertOne({ ...document })
      return { _id: insertedId, ...document }
    } catch (error) {
      if (!documents.isDuplicate(error)) throw error
      throw httpErrors.createError(409, 'The user is an analyst already', { code: 'ANALYST_EXISTS' })
    }
  }

  async function update (id: string, changes: AnalystChanges): Promise<StoredAnalyst | null> {
    const _id = documents.toId(id)
    return _id && await analysts.findOneAndUpdate({ _id }, { $set: changes }, { returnDocument: 'after' })
  }

  return {
    create: monitored('analysts.create', create),
    update: monitored('analysts.update', update)
  }
}
