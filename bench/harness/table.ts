import { ratios, summarize, type Summary } from './statistics.ts'

/** Measured numbers of one turn, by name and unit. */
type Turn = Record<string, number>

export interface Result {
  claim: string
  question: string
  /** What it ran on and how: versions, engine, options. */
  conditions: Record<string, unknown>
  variants: readonly [string, string]
  turns: readonly [readonly Turn[], readonly Turn[]]
}

export interface Line {
  metric: string
  a: Summary
  b: Summary
  /** B against A, by turns that followed each other. */
  ratio: Summary
}

function format (number: number): string {
  if (Math.abs(number) >= 100) return number.toFixed(0)
  return number.toPrecision(3)
}

function formatSummary ({ median, min, max }: Summary): string {
  // a ratio to nothing says nothing
  if (!Number.isFinite(median)) return ''
  return `${format(median)} (${format(min)}–${format(max)})`
}

export function compare ({ turns: [a, b] }: Pick<Result, 'turns'>): Line[] {
  return Object.keys(a[0] ?? {}).map((metric) => {
    const [ofA, ofB] = [a, b].map((turns) => turns.map((turn) => turn[metric] ?? NaN)) as [number[], number[]]
    return { metric, a: summarize(ofA), b: summarize(ofB), ratio: ratios(ofA, ofB) }
  })
}

/** A Markdown table: median, and in brackets the least and the most of all turns. */
export function toTable (variants: readonly [string, string], lines: readonly Line[]): string {
  const rows = [
    ['median (min–max)', `A: ${variants[0]}`, `B: ${variants[1]}`, 'B / A'],
    ...lines.map(({ metric, a, b, ratio }) => [metric, formatSummary(a), formatSummary(b), formatSummary(ratio)])
  ]
  const [header = '', ...body] = rows.map((cells) => `| ${cells.join(' | ')} |`)
  return [header, '| --- | ---: | ---: | ---: |', ...body].join('\n')
}
