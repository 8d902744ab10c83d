import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runCommand } from '../application.ts'
import { UsageError } from '../usage-error.ts'
import { chaos } from './chaos.ts'
import type { MoneyPath } from './operation.ts'
import { MONEY_PATHS } from './paths/index.ts'
import { STRIKE_NAMES, type StrikeName } from './strikes.ts'

const DEFAULTS = { runs: 1000, seconds: 3600, lanes: 2 }
const MAX_SEED = 2 ** 31

function numberOf (name: string, value: string | undefined): number | undefined {
  if (value !== undefined && !/^\d+$/.test(value)) throw new UsageError(`--${name} takes a whole number`)
  return value === undefined ? undefined : Number(value)
}

function pathsOf (name: string | undefined): readonly [MoneyPath, ...MoneyPath[]] {
  if (name === undefined) return MONEY_PATHS
  const path = MONEY_PATHS.find((known) => known.name === name)
  if (path === undefined) throw new UsageError(`--path takes one of ${MONEY_PATHS.map((known) => known.name).join(', ')}`)
  return [path]
}

function strikesOf (name: string | undefined): readonly StrikeName[] {
  if (name === undefined) return STRIKE_NAMES
  const strike = STRIKE_NAMES.find((known) => known === name)
  if (strike === undefined) throw new UsageError(`--strike takes one of ${STRIKE_NAMES.join(', ')}`)
  return [strike]
}

/** A database that is killed is killed for all lanes: none of them could say what its moment was. */
function lanesOf (value: string | undefined, killsDatabase: boolean): number {
  const lanes = numberOf('lanes', value)
  if (!killsDatabase) return lanes ?? DEFAULTS.lanes
  if (lanes !== undefined && lanes !== 1) throw new UsageError('--kill-database takes one lane: others would lose the same database at any moment')
  return 1
}

// what it has started ends with it
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => { process.exit(130) })

// `npm run chaos -- --runs N --seconds N --seed N --lanes N --path NAME --strike NAME --kill-database`
await runCommand(async () => {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { runs: text, seconds: text, seed: text, lanes: text, path: text, strike: text, 'kill-database': { type: 'boolean', default: false } } })
  const seed = numberOf('seed', values.seed) ?? randomInt(MAX_SEED)
  const startedAt = performance.now()
  const { runs, counts, moments, struck, missed, operations, faults } = await chaos({
    seed,
    runs: numberOf('runs', values.runs) ?? DEFAULTS.runs,
    seconds: numberOf('seconds', values.seconds) ?? DEFAULTS.seconds,
    lanes: lanesOf(values.lanes, values['kill-database']),
    killsDatabase: values['kill-database'],
    strikes: strikesOf(values.strike),
    paths: pathsOf(values.path)
  }, process.env)
  console.table(counts)
  console.log(`${struck} of ${moments} moments were struck`)
  for (const title of missed) console.log(`not come to: ${title}`)
  for (const fault of faults) console.log(`WRONG  ${fault}`)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`${runs} times killed or cut off in ${seconds} s, ${operations} operations: ${faults.length === 0 ? 'each done exactly once, every balance is the sum of its entries' : `${faults.length} faults`} (seed ${seed})`)
  return faults.length === 0 ? 0 : 1
})
// what a failure has left running ends with this process
process.exit()
