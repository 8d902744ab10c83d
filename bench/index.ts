import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ablate } from './ablation.ts'
import { keep, recordOf, RECORDS } from './document/record.ts'
import { DOCS } from './document/write.ts'
import { readCommand, USAGE } from './harness/arguments.ts'
import type { BenchOptions, Claim } from './harness/claim.ts'
import { report } from './harness/report.ts'
import { cleanUp, run } from './harness/run.ts'
import type { Result } from './harness/table.ts'

/* `npm run bench -- NAME`: measures one claim, variant A against variant B. One file per claim in `claims/`. */
const names = readdirSync(join(import.meta.dirname, 'claims')).map((file) => file.replace('.ts', '')).sort()

// @fastify/autoload does not recognise every loader that runs the sources as they are
process.env.FASTIFY_AUTOLOAD_TYPESCRIPT = '1'

let isInterrupted = false

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    isInterrupted = true
    await cleanUp()
    process.exit(130)
  })
}

/** Measures a claim, prints it and ends what it has started. */
async function measure (name: string, options: Partial<BenchOptions>): Promise<Result> {
  const { default: claim } = await import(`./claims/${name}.ts`) as { default: Claim }
  try {
    const result = await run(name, claim, options)
    console.log(report(result))
    return result
  } catch (error) {
    // a bench whose processes have been ended under it has nothing to say
    if (!isInterrupted) throw error
    return await new Promise<Result>(() => {})
  } finally {
    await cleanUp()
  }
}

async function bench (): Promise<void> {
  const command = readCommand(process.argv.slice(2))
  if (command.list || (command.name !== undefined && !names.includes(command.name))) {
    console.log(`${USAGE}\n\n${names.join('\n')}`)
    process.exitCode = command.list ? 0 : 1
    return
  }
  if (command.name === undefined) {
    const { optimization, out } = command
    const folders = out === undefined ? { records: RECORDS, docs: DOCS } : { records: join(out, 'records'), docs: out }
    const failed = await ablate({ measure, options: command, optimization, folders })
    if (failed.length > 0) console.log(`Not measured: ${failed.join(', ')}`)
    process.exitCode = failed.length === 0 ? 0 : 1
    return
  }
  const result = await measure(command.name, command)
  if (command.json !== undefined) keep(command.json, recordOf(result, new Date()))
}

await bench()
