import type { NewSignal } from '../../../schemas/signals.ts'

type Plan = Pick<NewSignal, 'side' | 'entry' | 'targets' | 'stop_loss'>

/** A decimal text in a form whose order as text is its order as number; prices have at most 12 digits on each side. */
function sortable (price: string): string {
  const [whole = '', fraction = ''] = price.split('.')
  return whole.padStart(12, '0') + fraction.padEnd(12, '0')
}

/** Whether a plan can work: buying, stop < entry < every target; selling, the reverse. Exact, without floats. */
export function isPlausible ({ side, entry, targets, stop_loss: stop }: Plan): boolean {
  const isBelow = (low: string, high: string) =>
    side === 'buy' ? sortable(low) < sortable(high) : sortable(low) > sortable(high)
  return isBelow(stop, entry) && targets.every((target) => isBelow(entry, target))
}
