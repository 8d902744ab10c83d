/** The middle of the numbers, or the mean of the two in the middle. NaN of none. */
export function median (numbers: readonly number[]): number {
  return percentile(numbers, 0.5)
}

/** Number below which a share of the numbers lies, by linear interpolation; `share` from 0 to 1. NaN of none. */
export function percentile (numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN]
  return below + (above - below) * (place - Math.floor(place))
}

export interface Summary {
  median: number
  min: number
  max: number
}

export function summarize (numbers: readonly number[]): Summary {
  return { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) }
}

/**
 * B against A: the ratios of turns that followed each other, so that what else loads the machine, and changes
 * slowly, falls out. Turns without a ratio (0 of A) are left out.
 */
export function ratios (a: readonly number[], b: readonly number[]): Summary {
  const pairs = b.map((number, round) => number / (a[round] ?? NaN))
  return summarize(pairs.filter(Number.isFinite))
}
