/**
 * What was spent in the present window and in the one before it. The one before counts by the part of it that the last
 * `windowMs` still cover, as if it had been spent evenly: no moment is there in which a whole budget comes back at once.
 */
export interface Spent {
  /** Number of the window since the epoch. */
  index: number
  current: number
  previous: number
}

/** Moves what was spent to the window of `now`, ms since the epoch. */
export function roll (spent: Spent, windowMs: number, now: number): void {
  const index = Math.floor(now / windowMs)
  // counted by another clock, it may be ahead
  if (index <= spent.index) return
  spent.previous = index === spent.index + 1 ? spent.current : 0
  spent.current = 0
  spent.index = index
}

/** Units that count against the budget at `now`, which is in the window of `spent`. */
export function usedAt ({ index, current, previous }: Spent, windowMs: number, now: number): number {
  return current + previous * (1 - (now - index * windowMs) / windowMs)
}

/** Milliseconds from `now` until no more than `target` units count, if nothing else is spent. */
export function msUntil (spent: Spent, target: number, windowMs: number, now: number): number {
  if (usedAt(spent, windowMs, now) <= target) return 0
  const { index, current, previous } = spent
  const elapsed = now - index * windowMs
  const inWindow = previous === 0 ? Infinity : (1 - (target - current) / previous) * windowMs - elapsed
  // what is spent now alone is too much for as long as this window lasts: then it is the one before
  if (target < current || inWindow > windowMs - elapsed) return windowMs - elapsed + Math.max(0, 1 - target / current) * windowMs
  return inWindow
}
