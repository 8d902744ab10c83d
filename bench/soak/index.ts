import { writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { runCommand } from '../../scripts/application.ts'
import { dayOf } from '../document/record.ts'
import { describeMachine } from '../harness/machine.ts'
import { goFirst } from '../harness/priority.ts'
import { cleanUp } from '../harness/run.ts'
import { readOptions } from './arguments.ts'
import { judge } from './report.ts'
import { toCsv, type Sample } from './samples.ts'
import { soak } from './soak.ts'

const MEBIBYTE = 1_048_576
const TOLD_EVERY_S = 30

// @fastify/autoload does not recognise every loader that runs the sources as they are
process.env.FASTIFY_AUTOLOAD_TYPESCRIPT = '1'

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await cleanUp()
    process.exit(130)
  })
}

function createTeller () {
  let toldAt = 0
  return function tell ({ seconds, heapUsed, external, handles }: Sample): void {
    if (seconds - toldAt < TOLD_EVERY_S) return
    toldAt = seconds
    console.error(`${seconds.toFixed(0)} s: heap ${(heapUsed / MEBIBYTE).toFixed(2)} MiB, external ${(external / MEBIBYTE).toFixed(2)} MiB, ${handles} handles`)
  }
}

// `npm run soak -- --minutes N --rate N --csv FILE --json FILE --plant-leak`
await runCommand(async () => {
  const options = readOptions(process.argv.slice(2))
  // what is started here inherits it
  goFirst(constants.priority.PRIORITY_HIGH)
  try {
    const { samples, tallies, skipped, requests, errors, hasRedis } = await soak(options, createTeller())
    if (options.csv !== undefined) await writeFile(options.csv, toCsv(samples))
    const { text, growthPercent, code } = judge(samples, tallies)
    if (options.json !== undefined) {
      const { minutes, rate } = options
      await writeFile(options.json, `${JSON.stringify({ options: { minutes, rate }, date: dayOf(new Date()), conditions: describeMachine(), heap_growth_percent: growthPercent, requests }, null, 2)}\n`)
    }
    console.log(`${requests} requests, ${hasRedis ? 'with' : 'without'} Redis, ${skipped} skipped, ${errors.length} errors in the log`)
    for (const error of errors) console.log(error.slice(0, 300))
    console.log(text)
    return code
  } finally {
    await cleanUp()
  }
})
// what a failure has left running ends with this process
process.exit()
