import { parseArgs } from 'node:util'
import { UsageError } from '../../scripts/usage-error.ts'

export interface SoakOptions {
  minutes: number
  /** Deeds that begin in a second; some are several requests. */
  rate: number
  plantsLeak: boolean
  /** Where all samples are written to, as CSV. */
  csv: string | undefined
  /** Where what was measured is written to, for `docs/benchmarks.md`. */
  json: string | undefined
}

export const USAGE = 'Usage: npm run soak -- [--minutes 30] [--rate 80] [--csv FILE] [--json FILE] [--plant-leak]'
const DEFAULTS = { minutes: '30', rate: '80' }

function numberFrom (text: string, name: string): number {
  const number = Number(text)
  if (!(number > 0 && number < Infinity)) throw new UsageError(`--${name} takes a number above 0\n${USAGE}`)
  return number
}

/** What the command line asks for. */
export function readOptions (args: string[]): SoakOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { minutes: { ...text, default: DEFAULTS.minutes }, rate: { ...text, default: DEFAULTS.rate }, csv: text, json: text, 'plant-leak': { type: 'boolean', default: false } } })
  return { minutes: numberFrom(values.minutes, 'minutes'), rate: numberFrom(values.rate, 'rate'), plantsLeak: values['plant-leak'], csv: values.csv, json: values.json }
}
