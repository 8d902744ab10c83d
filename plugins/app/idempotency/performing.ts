import type { FastifyInstance } from 'fastify'
import type { Problem } from '../../../schemas/common.ts'
import type { Execution, Work } from './execution.ts'
import type { Claim, KeptAnswer } from './repository.ts'

/** What is done once, where there is no route of its own for it. */
export interface Performance<T> extends Claim {
  /** Does its money by `transact`, which is `ledger.transact` with the result kept in it. */
  task: (transact: <R>(work: Work<R>) => Promise<R>) => Promise<T>
  /** The result, or the refusal, is one that was given before. */
  onReplay: () => void
}

type Refusal = Required<Pick<Problem, 'status' | 'detail' | 'code'>>

const keep = (status: number, body: unknown): KeptAnswer => ({ status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) })

/** Does tasks once by key: what is kept is the result itself, which is shown anew each time. */
export function createPerforming ({ httpErrors, problemOf }: Pick<FastifyInstance, 'httpErrors' | 'problemOf'>, { claim, fulfil, giveUp }: Execution) {
  function read<T> ({ status, body }: KeptAnswer): T {
    if (status < 400) return JSON.parse(body) as T
    const { detail, code } = JSON.parse(body) as Refusal
    throw httpErrors.createError(status, detail, { code })
  }

  /** The result of a task, done now or before; its refusals are kept too. 409 `IDEMPOTENCY_KEY_IN_USE`; 422 `IDEMPOTENCY_KEY_REUSED`. */
  return async function perform<T> ({ task, onReplay, ...wanted }: Performance<T>): Promise<T> {
    const claimed = await claim(wanted)
    if ('answer' in claimed) {
      onReplay()
      return read<T>(claimed.answer)
    }
    try {
      return await task((work) => fulfil(claimed.hold, work, (result) => keep(200, result)))
    } catch (error) {
      const problem = problemOf(error)
      await giveUp(claimed.hold, keep(problem.status, problem))
      throw error
    }
  }
}
