import { Histogram, type HistogramConfiguration, type MetricObjectWithValues, type MetricValueWithName } from 'prom-client'

/** Upper bounds in seconds: from a cached answer to a request that has lost its client. */
const DEFAULT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** One combination of labels: counts per bucket, not yet cumulative, the last for what exceeds every bound. */
interface Series<T extends string> {
  labels: Record<T, string>
  counts: number[]
  sum: number
}

function bucketOf (bounds: readonly number[], seconds: number): number {
  let bucket = 0
  while (seconds > (bounds[bucket] ?? Infinity)) bucket++
  return bucket
}

/**
 * A histogram whose observations cost some 20 ns, against 600 ns of prom-client's own, which checks and hashes the
 * labels each time: here a series is looked up once and kept. Fill it by `series`, not by `observe`.
 */
export class DurationHistogram<T extends string> extends Histogram<T> {
  readonly #name: string
  readonly #bounds: readonly number[]
  readonly #series: Array<Series<T>> = []
  /** Prom-client's own description of such a metric, without values. */
  readonly #description: Histogram<T>

  constructor (config: HistogramConfiguration<T>) {
    const buckets = config.buckets ?? DEFAULT_BUCKETS
    super({ ...config, buckets })
    this.#name = config.name
    this.#bounds = buckets
    this.#description = new Histogram({ ...config, buckets, registers: [] })
  }

  /** Function that counts a duration in seconds under these labels; ask once for each combination and keep it. */
  series (labels: Record<T, string>): (seconds: number) => void {
    const bounds = this.#bounds
    const series = { labels, counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 }
    this.#series.push(series)
    return function count (seconds) {
      const bucket = bucketOf(bounds, seconds)
      series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
      series.sum += seconds
    }
  }

  override async get (): Promise<MetricObjectWithValues<MetricValueWithName<T>>> {
    const description = await this.#description.get()
    return { ...description, values: this.#series.flatMap((series) => this.#valuesOf(series)) }
  }

  /** What the registry prefers to `get` when it writes text; prom-client inherits it, so it must agree. */
  async getForPromString (): Promise<MetricObjectWithValues<MetricValueWithName<T>>> {
    return this.get()
  }

  #valuesOf ({ labels, counts, sum }: Series<T>): Array<MetricValueWithName<T>> {
    let total = 0
    const buckets = counts.map((count, bucket) => {
      total += count
      return { metricName: `${this.#name}_bucket`, labels: { ...labels, le: this.#bounds[bucket] ?? '+Inf' }, value: total }
    })
    return [
      ...buckets,
      { metricName: `${this.#name}_sum`, labels, value: sum },
      { metricName: `${this.#name}_count`, labels, value: total }
    ]
  }
}
