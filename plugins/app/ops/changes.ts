import type { Sample, Samples } from './samples.ts'

export type Wanted = (labels: Sample['labels']) => boolean

const ALL: Wanted = () => true

/**
 * What a counter has grown by, series by series: one that is smaller than before belongs to a process that has begun anew. Of a process
 * that did not answer before, nobody knows it: all that it has ever counted is no growth.
 */
export function createChanges (before: Samples, now: Samples) {
  const known = new Set([...before.values()].flatMap((series) => [...series.values()].map(({ labels }) => labels.worker)))

  function * growthOf (name: string, wanted: Wanted): Generator<Sample> {
    const earlier = before.get(name)
    for (const [series, { labels, value }] of now.get(name) ?? []) {
      if (!known.has(labels.worker) || !wanted(labels)) continue
      const past = earlier?.get(series)?.value ?? 0
      yield { labels, value: value < past ? value : value - past }
    }
  }

  return {
    /** Growth of all series together. */
    sum (name: string, wanted = ALL): number {
      return [...growthOf(name, wanted)].reduce((total, { value }) => total + value, 0)
    },

    /** Growth of each bucket of a histogram, by its upper bound, lowest first; each counts those below it too. */
    buckets (name: string, wanted = ALL): Array<{ bound: number, count: number }> {
      const counts = new Map<number, number>()
      for (const { labels, value } of growthOf(name, wanted)) {
        const bound = labels.le === '+Inf' ? Infinity : Number(labels.le)
        counts.set(bound, (counts.get(bound) ?? 0) + value)
      }
      return [...counts].map(([bound, count]) => ({ bound, count })).sort((one, other) => one.bound - other.bound)
    }
  }
}
export type Changes = ReturnType<typeof createChanges>

/** Newest numbers of a gauge. */
export function valuesOf (now: Samples, name: string, wanted = ALL): number[] {
  return [...now.get(name)?.values() ?? []].filter(({ labels }) => wanted(labels)).map(({ value }) => value)
}

/**
 * The value below which a share of the observations lies, as `histogram_quantile` of Prometheus tells it: within a bucket they are
 * taken to be spread evenly, and beyond the last bound they are at it. Null if there is none.
 */
export function quantileOf (buckets: Array<{ bound: number, count: number }>, share: number): number | null {
  const wanted = (buckets.at(-1)?.count ?? 0) * share
  if (wanted === 0) return null
  let below = { bound: 0, count: 0 }
  for (const bucket of buckets) {
    if (bucket.count >= wanted) {
      if (bucket.bound === Infinity) break
      return below.bound + (bucket.bound - below.bound) * (wanted - below.count) / (bucket.count - below.count)
    }
    below = bucket
  }
  return below.bound
}
