import type { ObjectId } from 'mongodb'
import type { SignalDocument } from '../../../schemas/signals.ts'
import type { Caller } from '../../../schemas/users.ts'

/** What makes a reader see active signals. */
export type Rights = Pick<Caller, 'analyst_id' | 'subscription_expires'> & Partial<Pick<Caller, 'tier'>>
export type SeenSignal = Partial<SignalDocument<ObjectId>>

export interface SignalViewer {
  /** Whether entry, targets and stop are shown. */
  sees: (signal: SeenSignal) => boolean
  /** Whether there is something in the document that is not shown. */
  hides: (signal: SeenSignal) => boolean
}

/** A reader with the rights of any of `sources`; null is an anonymous one. */
export function createViewer (...sources: readonly (Rights | null)[]): SignalViewer {
  const rights = sources.filter((source) => source !== null)
  const now = Date.now()
  const seesAll = rights.some(({ tier, subscription_expires: end }) => tier === 'admin' || (end !== null && end > now))

  function sees ({ status, analyst_id: analystId }: SeenSignal): boolean {
    if (seesAll || (status !== undefined && status !== 'active')) return true
    return analystId !== undefined && rights.some((source) => source.analyst_id === analystId.toHexString())
  }

  return {
    sees,
    hides (signal) {
      const hasSecrets = signal.entry !== undefined || signal.targets !== undefined || signal.stop_loss !== undefined
      return hasSecrets && !sees(signal)
    }
  }
}
