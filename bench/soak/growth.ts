import { median } from '../harness/statistics.ts'

/** A number at a time, in s. */
export type Point = readonly [seconds: number, value: number]

/** Part by which the heap may grow over the judged time. */
export const MAX_GROWTH = 0.01

/** Median of the slopes between all pairs of points (Theil–Sen): up to 29 % of the points may be anything. NaN of fewer than two. */
export function slopeOf (points: readonly Point[]): number {
  const slopes: number[] = []
  for (const [n, [x1, y1]] of points.entries()) {
    for (const [x2, y2] of points.slice(n + 1)) if (x2 !== x1) slopes.push((y2 - y1) / (x2 - x1))
  }
  return median(slopes)
}

export interface Growth {
  /** Median of the values. */
  level: number
  /** What the line through the points gains from the first to the last, as a part of the level. */
  growth: number
  /** Median distance of the points from that line, as a part of the level. */
  noise: number
}

/** How much a series grows over its whole time. NaN of fewer than two points. */
export function growthOf (points: readonly Point[]): Growth {
  const level = median(points.map(([, value]) => value))
  const slope = slopeOf(points)
  const times = points.map(([seconds]) => seconds)
  const rests = points.map(([seconds, value]) => value - slope * seconds)
  const middle = median(rests)
  return {
    level,
    growth: slope * (Math.max(...times) - Math.min(...times)) / level,
    noise: median(rests.map((rest) => Math.abs(rest - middle))) / level
  }
}
