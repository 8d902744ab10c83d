/** One number of a metric. */
export interface Sample {
  labels: Readonly<Record<string, string>>
  value: number
}

/** Samples by the name of their metric. */
export type Samples = ReadonlyMap<string, ReadonlyMap<string, Sample>>

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** Reads the metrics of these names from the text format of Prometheus; each series by its labels as they are written. */
export function readSamples (text: string, names: ReadonlySet<string>): Samples {
  const samples = new Map<string, Map<string, Sample>>()
  for (const line of text.split('\n')) {
    const [, name = '', written = '', value] = LINE.exec(line) ?? []
    if (!names.has(name)) continue
    const labels = Object.fromEntries([...written.matchAll(LABEL)].map(([, label = '', content = '']) => [label, content]))
    const series = samples.get(name) ?? new Map<string, Sample>()
    samples.set(name, series.set(written, { labels, value: Number(value) }))
  }
  return samples
}
