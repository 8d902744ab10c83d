import type { Spent } from './sliding-window.ts'

/** What one user or address has spent, and what this instance may still let it spend of the fleet's budget. */
export interface Account {
  key: string
  /** Units spent at this instance. */
  own: Spent
  /** Units counted for the whole fleet as they were last seen, leases included. */
  counted: Spent
  /** Units that the fleet has counted for this instance already, and that are not spent yet. */
  lease: number
  /** Units spent while the fleet's ledger was away. */
  unreported: number
  /** The account at the fleet that has heard of all that was reported. */
  life: string
  /** The fleet had less than `refusedUnits` left: until then, ms since the epoch, it is not asked for so many again. */
  refusedUntil: number
  refusedUnits: number
  lastUsedAt: number
  asking: Promise<void> | undefined
}

const nothing = (): Spent => ({ index: 0, current: 0, previous: 0 })

export function openAccount (key: string): Account {
  return { key, own: nothing(), counted: nothing(), lease: 0, unreported: 0, life: '', refusedUntil: 0, refusedUnits: 0, lastUsedAt: 0, asking: undefined }
}
