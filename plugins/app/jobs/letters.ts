import type { FastifyInstance } from 'fastify'
import type { JobListQuery } from '../../../schemas/jobs.ts'
import type { Definitions, JobDefinition } from './definitions.ts'

type Needs = Pick<FastifyInstance, 'auditLog' | 'documents' | 'httpErrors' | 'ledger' | 'outbox'>
type Entry = NonNullable<Awaited<ReturnType<FastifyInstance['outbox']['letters']['find']>>>

/** What admins see of the jobs, and do about those that were given up. */
export function createLetters ({ auditLog, documents, httpErrors, ledger, outbox }: Needs, definitions: Definitions) {
  const { letters } = outbox
  const unknown = () => httpErrors.notFound('There is no such job')

  async function find (id: string): Promise<Entry> {
    const key = documents.toId(id)
    const entry = key && await letters.find(key)
    if (entry === null) throw unknown()
    return entry
  }

  async function findDead (id: string): Promise<Entry> {
    const entry = await find(id)
    if (entry.state !== 'dead') throw httpErrors.createError(409, 'The job is not given up', { code: 'JOB_NOT_DEAD' })
    return entry
  }

  const event = (action: 'job_retry' | 'job_drop', actor: number, id: string) => ({ action, actor_id: actor, target: `job:${id}` })

  return {
    list: (query: JobListQuery) => letters.list(query),
    find,

    /** Begins a dead job anew, with all its attempts. 404; 409 `JOB_NOT_DEAD`. */
    retry: (actor: number, id: string): Promise<Entry> => auditLog.precede(event('job_retry', actor, id), async () => {
      const entry = await letters.revive((await findDead(id))._id)
      if (entry === null) throw unknown()
      outbox.nudge()
      return entry
    }),

    /** Removes a dead job, if its kind allows. 404; 409 `JOB_NOT_DEAD`, and what the kind refuses with. */
    drop: (actor: number, id: string): Promise<void> => auditLog.precede(event('job_drop', actor, id), async () => {
      const { _id: key, kind, subject } = await findDead(id)
      await ledger.transact(async (transaction) => {
        if (await letters.drop(key, transaction.session) === null) throw unknown()
        await (definitions.get(kind) as JobDefinition).drop(subject, transaction)
      })
    })
  }
}
