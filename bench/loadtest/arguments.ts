import { parseArgs } from 'node:util'
import { UsageError } from '../../scripts/usage-error.ts'

export interface LoadtestOptions {
  /** Users, each with a connection of its own that stays open. */
  connections: number
  /** Requests per second of all users together. */
  rate: number
  /** Time for which all users are there and ask, in seconds. */
  seconds: number
  /** Time in which they come, in seconds; by default each asks its first question at the same rate. */
  ramp: number
  seed: number
  /** Origin of a server that runs already; otherwise one is started. */
  url: string | undefined
  /** File for the record of the result. */
  json: string | undefined
  /** Who the signed-in users of `url` are. */
  username: string
  password: string
}

const DEFAULTS = { connections: 10_000, rate: 800, seconds: 60, seed: 1, username: 'demo-user', password: 'demo-password' }

export const USAGE = `Usage: npm run loadtest -- [--connections ${DEFAULTS.connections}] [--rate ${DEFAULTS.rate}] [--seconds ${DEFAULTS.seconds}] [--ramp SECONDS] [--seed ${DEFAULTS.seed}] [--json FILE]
                          [--url http://127.0.0.1:3000 [--username ${DEFAULTS.username}] [--password ${DEFAULTS.password}]]
Starts the server as in production, on MONGODB_URI or an embedded database in a process of its own; with --url asks one that runs.`

function numberOf (name: string, text: string | undefined, usual: number): number {
  const number = text === undefined ? usual : Number(text)
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`--${name} wants a whole number above 0\n${USAGE}`)
  return number
}

function originOf (text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:') throw new UsageError(`--url wants the origin of a server, such as http://127.0.0.1:3000\n${USAGE}`)
  return url.origin
}

/** Options by the command line; a mistake in it is a UsageError. */
export function readOptions (args: string[]): LoadtestOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { connections: text, rate: text, seconds: text, ramp: text, seed: text, url: text, json: text, username: text, password: text } })
  const connections = numberOf('connections', values.connections, DEFAULTS.connections)
  const rate = numberOf('rate', values.rate, DEFAULTS.rate)
  return {
    connections,
    rate,
    seconds: numberOf('seconds', values.seconds, DEFAULTS.seconds),
    ramp: numberOf('ramp', values.ramp, Math.ceil(connections / rate)),
    seed: numberOf('seed', values.seed, DEFAULTS.seed),
    url: originOf(values.url),
    json: values.json,
    username: values.username ?? DEFAULTS.username,
    password: values.password ?? DEFAULTS.password
  }
}
