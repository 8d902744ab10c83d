import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runCommand, UsageError } from '../application.ts'
import { chaos } from './chaos.ts'
import type { MoneyPath } from './operation.ts'
import { MONEY_PATHS } from './paths/index.ts'

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

// `npm run chaos -- --runs N --seconds N --seed N --lanes N --path NAME --kill-database`
await runCommand(async () => {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { runs: text, seconds: text, seed: text, lanes: text, path: text, 'kill-database': { type: 'boolean', default: false } } })
  const seed = numberOf('seed', values.seed) ?? randomInt(MAX_SEED)
  const startedAt = performance.now()
  const { runs, counts, missed, operations, faults } = await chaos({
    seed,
    runs: numberOf('runs', values.runs) ?? DEFAULTS.runs,
    seconds: numberOf('seconds', values.seconds) ?? DEFAULTS.seconds,
    lanes: numberOf('lanes', values.lanes) ?? DEFAULTS.lanes,
    killsDatabase: values['kill-database'],
    paths: pathsOf(values.path)
  }, process.env)
  console.table(counts)
  for (const title of missed) console.log(`not come to: ${title}`)
  for (const fault of faults) console.log(`WRONG  ${fault}`)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`${runs} times killed or cut off in ${seconds} s, ${operations} operations: ${faults.length === 0 ? 'each done exactly once, every balance is the sum of its entries' : `${faults.length} faults`} (seed ${seed})`)
  return faults.length === 0 ? 0 : 1
})
// what a failure has left running ends with this process
process.exit()
