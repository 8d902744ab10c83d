import type { FastifyBaseLogger } from 'fastify'
import type { AuditEntryDocument } from '../../../schemas/audit-log.ts'
import type { createAuditRepository } from './repository.ts'

/** What happened, by whom, to what. */
type Event = Pick<AuditEntryDocument, 'action' | 'actor_id' | 'target'>
type Origin = Pick<AuditEntryDocument, 'address' | 'request_id'>

interface Needs {
  repository: ReturnType<typeof createAuditRepository>
  log: FastifyBaseLogger
  /** Where the running request comes from. */
  originOf: () => Origin
}

/** Whether the request was at fault; after other errors nobody knows what was done. */
function isRefusal (error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500
}

/** The ways to record, by what follows when an entry cannot be written. */
export function createRecording ({ repository, log, originOf }: Needs) {
  const insert = (event: Event, outcome: AuditEntryDocument['outcome']) =>
    repository.insert({ ...event, outcome, ...originOf(), created_at: new Date() })

  async function goOn (event: Event, write: () => Promise<unknown>): Promise<void> {
    try {
      await write()
    } catch (err) {
      log.error({ err, action: event.action, actor_id: event.actor_id, reqId: originOf().request_id }, 'audit entry lost')
    }
  }

  /** Open: an entry that cannot be written is logged, and what it is about goes on. */
  const record = (event: Event, outcome: AuditEntryDocument['outcome']): Promise<void> =>
    goOn(event, () => insert(event, outcome))

  /** Open: does `task`, then records that it was done, to `targetOf` its answer, or refused. Other failures leave no entry. */
  async function follow<T> (event: Event, task: () => Promise<T>, targetOf: (answer: T) => string | null = () => event.target): Promise<T> {
    try {
      const answer = await task()
      await record({ ...event, target: targetOf(answer) }, 'ok')
      return answer
    } catch (error) {
      if (isRefusal(error)) await record(event, 'refused')
      throw error
    }
  }

  /** Closed: records first and does `task` only then. The entry says `ok` unless the task is refused. */
  async function precede<T> (event: Event, task: () => Promise<T>): Promise<T> {
    const id = await insert(event, 'ok')
    try {
      return await task()
    } catch (error) {
      if (isRefusal(error)) await goOn(event, () => repository.markRefused(id))
      throw error
    }
  }

  return { record, follow, precede }
}
