import type { FastifyInstance } from 'fastify'
import type { NewSignal, Signal, SignalChanges } from '../../../schemas/signals.ts'
import type { Caller } from '../../../schemas/users.ts'
import { isPlausible } from './prices.ts'

type Needs = Pick<FastifyInstance, 'access' | 'httpErrors' | 'presenter' | 'tradeSignalsRepository'>

/** Versions that a change may be based on; null where all are. */
type Expected = number | readonly number[] | null

/** Analysts see all of their own. */
const OWNER = { sees: () => true }

/** What analysts do with their signals. */
export function createPublishing ({ access, httpErrors, presenter, tradeSignalsRepository: repository }: Needs) {
  const missing = () => httpErrors.notFound('There is no such signal')
  const stale = () => httpErrors.preconditionFailed('The signal has changed since; read it again')
  const closed = () => httpErrors.createError(409, 'The signal is closed for good', { code: 'SIGNAL_CLOSED' })

  function requirePlausible (plan: Parameters<typeof isPlausible>[0]): void {
    if (isPlausible(plan)) return
    throw httpErrors.createError(422, 'Buying, the stop is below the entry and the targets above it; selling, the reverse', { code: 'INVALID_PRICES' })
  }

  /** The signal, if the caller's analyst owns it; 403 if not, 404 if there is none. */
  async function findOwn (caller: Caller, id: string) {
    const analystId = await access.requireAnalyst(caller)
    const signal = await repository.findById(id)
    if (signal === null) throw missing()
    if (signal.analyst_id.toHexString() !== analystId) throw httpErrors.forbidden('Only its analyst may change a signal')
    return signal
  }

  /**
   * Changes an active signal of the caller's analyst if its version is among the `expected` (null: whichever it is).
   * 403; 404; 409 `SIGNAL_CLOSED`; 412 `PRECONDITION_FAILED`; 422 `INVALID_PRICES`.
   */
  async function update (caller: Caller, id: string, expected: Expected, changes: SignalChanges): Promise<Signal> {
    const current = await findOwn(caller, id)
    if (expected !== null && ![expected].flat().includes(current.version)) throw stale()
    if (current.status !== 'active') throw closed()
    requirePlausible({ ...current, ...changes })
    // prices are checked against what was read, so just that may be changed
    const result = await repository.update(id, current.version, changes)
    if (result.outcome === 'updated') return presenter.signal(result.signal, OWNER)
    // each time that this loses, another change has won: it ends
    if (expected === null) return update(caller, id, expected, changes)
    throw stale()
  }

  return {
    update,

    /** Publishes a signal of the caller's analyst. 403; 422 `INVALID_PRICES`. */
    async create (caller: Caller, input: NewSignal): Promise<Signal> {
      const analystId = await access.requireAnalyst(caller)
      requirePlausible(input)
      return presenter.signal(await repository.create({ analyst_id: analystId, ...input }), OWNER)
    }
  }
}
