import { parseArgs } from 'node:util'
import type { BenchOptions } from './claim.ts'

export interface Command extends Partial<BenchOptions> {
  list: boolean
  name: string | undefined
}

const DEFAULTS: BenchOptions = { rounds: 5, seconds: 4, connections: 10, users: 2000 }

export const USAGE = `Usage: npm run bench -- NAME [--rounds ${DEFAULTS.rounds}] [--seconds ${DEFAULTS.seconds}] [--connections ${DEFAULTS.connections}] [--users ${DEFAULTS.users}]
       npm run bench -- --list
Runs on MONGODB_URI, or on an embedded database of its own.`

function countFrom (text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} wants a whole number above 0`)
  return count
}

export function readCommand (args: string[]): Command {
  const count = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { list: { type: 'boolean', default: false }, rounds: count, seconds: count, connections: count, users: count }
  })
  return {
    list: values.list,
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
