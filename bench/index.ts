import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readCommand, USAGE } from './harness/arguments.ts'
import type { Claim } from './harness/claim.ts'
import { report } from './harness/report.ts'
import { cleanUp, run } from './harness/run.ts'

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

async function bench (): Promise<void> {
  const command = readCommand(process.argv.slice(2))
  if (command.list || !names.some((name) => name === command.name)) {
    console.log(`${USAGE}\n\n${names.join('\n')}`)
    process.exitCode = command.list ? 0 : 1
    return
  }
  const { default: claim } = await import(`./claims/${command.name}.ts`) as { default: Claim }
  try {
    console.log(report(await run(String(command.name), claim, command)))
  } catch (error) {
    // a bench whose processes have been ended under it has nothing to say
    if (!isInterrupted) throw error
    await new Promise(() => {})
  } finally {
    await cleanUp()
  }
}

await bench()
