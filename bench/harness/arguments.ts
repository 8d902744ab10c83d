import { parseArgs } from 'node:util'
import type { BenchOptions } from './claim.ts'

export interface Command extends Partial<BenchOptions> {
  list: boolean
  /** File for the record of the result. */
  json: string | undefined
  /** Number of the only optimization to measure, where no claim is named. */
  optimization: number | undefined
  /** Folder in which records and page are made, in place of the repository's. */
  out: string | undefined
  name: string | undefined
}

const DEFAULTS: BenchOptions = { rounds: 5, seconds: 4, connections: 10, users: 2000 }

export const USAGE = `Usage: npm run bench -- NAME [--rounds ${DEFAULTS.rounds}] [--seconds ${DEFAULTS.seconds}] [--connections ${DEFAULTS.connections}] [--users ${DEFAULTS.users}] [--json FILE]
       npm run bench -- --list
       npm run bench [-- --optimization N] [--out FOLDER] [--rounds N] [--seconds N]
Without a name it measures each of the ten optimizations off and on, keeps the records in bench/records and makes
docs/benchmarks.md of all that are there, in ten minutes; or only one of them, or in another folder.
Runs on MONGODB_URI, or on an embedded database of its own.`

function countFrom (text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} wants a whole number above 0`)
  return count
}

export function readCommand (args: string[]): Command {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { list: { type: 'boolean', default: false }, json: text, optimization: text, out: text, rounds: text, seconds: text, connections: text, users: text }
  })
  return {
    list: values.list,
    json: values.json,
    optimization: countFrom(values.optimization, 'optimization'),
    out: values.out,
    name: positionals[0],
    rounds: countFrom(values.rounds, 'rounds'),
    seconds: countFrom(values.seconds, 'seconds'),
    connections: countFrom(values.connections, 'connections'),
    users: countFrom(values.users, 'users')
  }
}

/** What the command line says wins over the claim's own defaults, and those over the general ones. */
export function optionsFrom (command: Partial<BenchOptions>, ofClaim: Partial<BenchOptions> = {}): BenchOptions {
  const pick = (name: keyof BenchOptions) => command[name] ?? ofClaim[name] ?? DEFAULTS[name]
  return { rounds: pick('rounds'), seconds: pick('seconds'), connections: pick('connections'), users: pick('users') }
}
