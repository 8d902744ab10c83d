import { parseArgs } from 'node:util'
import { runCommand } from '../application.ts'
import { UsageError } from '../usage-error.ts'
import { fuzz } from './fuzz.ts'

const DEFAULT_COUNT = 10_000
const DEFAULT_SECONDS = 600

function numberOf (name: string, value: string | undefined): number | undefined {
  if (value !== undefined && !/^-?\d+$/.test(value)) throw new UsageError(`--${name} takes a whole number`)
  return value === undefined ? undefined : Number(value)
}

// `npm run fuzz -- --count N --seconds N --seed N --path P`
await runCommand(async () => {
  const { values } = parseArgs({ options: { count: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } } })
  const seed = numberOf('seed', values.seed)
  const { requests, seed: used, counts } = await fuzz({
    count: numberOf('count', values.count) ?? DEFAULT_COUNT,
    seconds: numberOf('seconds', values.seconds) ?? DEFAULT_SECONDS,
    ...(seed !== undefined && { seed }),
    ...(values.path !== undefined && { path: values.path })
  })
  console.table(counts)
  console.log(`${requests} requests: no 5xx, no crash, every answer as described (seed ${used})`)
  return 0
})
