import type { ObjectId, WithId } from 'mongodb'
import type { Analyst, AnalystDocument } from '../../../schemas/analysts.ts'
import type { Signal, SignalDocument } from '../../../schemas/signals.ts'
import { pick, timeOf, timeOrNull, type Fields } from './parts.ts'

type StoredAnalyst = WithId<AnalystDocument>
type StoredSignal = WithId<SignalDocument<ObjectId>>

/** Who reads: tells which signals show entry, targets and stop. */
interface SignalViewer {
  sees: (signal: Partial<StoredSignal>) => boolean
}

/** Presents analysts and their signals. */
export function createMarketPresenter () {
  function analyst (doc: StoredAnalyst): Analyst
  function analyst (doc: Partial<StoredAnalyst>, fields?: Fields): Partial<Analyst>
  function analyst (doc: Partial<StoredAnalyst>, fields?: Fields): Partial<Analyst> {
    return pick({
      id: doc._id?.toHexString(),
      user_id: doc.user_id,
      name: doc.name,
      bio: doc.bio,
      rank: doc.rank,
      is_active: doc.is_active,
      created_at: timeOf(doc.created_at)
    }, fields)
  }

  function signal (doc: StoredSignal, viewer: SignalViewer): Signal
  function signal (doc: Partial<StoredSignal>, viewer: SignalViewer, fields?: Fields): Partial<Signal>
  function signal (doc: Partial<StoredSignal>, viewer: SignalViewer, fields?: Fields): Partial<Signal> {
    const shown = viewer.sees(doc) ? doc : { entry: null, targets: null, stop_loss: null }
    return pick({
      id: doc._id?.toHexString(),
      analyst_id: doc.analyst_id?.toHexString(),
      symbol: doc.symbol,
      side: doc.side,
      entry: shown.entry,
      targets: shown.targets,
      stop_loss: shown.stop_loss,
      status: doc.status,
      version: doc.version,
      created_at: timeOf(doc.created_at),
      closed_at: timeOrNull(doc.closed_at)
    }, fields)
  }

  return { analyst, signal }
}
