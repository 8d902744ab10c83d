import { writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { runCommand } from '../../scripts/application.ts'
import { dayOf } from '../document/record.ts'
import { describeMachine } from '../harness/machine.ts'
import { goFirst } from '../harness/priority.ts'
import { readOptions } from './arguments.ts'
import { openFilesLimit, requireFiles } from './limits.ts'
import { cleanUp, runLoadtest } from './loadtest.ts'
import { toText } from './report.ts'
import { judge } from './verdict.ts'

// @fastify/autoload does not recognise every loader that runs the sources as they are
process.env.FASTIFY_AUTOLOAD_TYPESCRIPT = '1'

let isInterrupted = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    isInterrupted = true
    await cleanUp()
    process.exit(130)
  })
}

/* `npm run loadtest -- --connections 10000`: many users at a time, every connection counted; exit code 1 for any error. */
async function loadtest (): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  requireFiles(options.connections, openFilesLimit())
  // and with this process all that it starts: in earnest each has a machine that nobody else makes load on
  goFirst(constants.priority.PRIORITY_HIGH)
  try {
    const result = await runLoadtest(options)
    const verdict = judge(result, options)
    console.log(toText(result, options))
    if (options.json !== undefined) {
      writeFileSync(options.json, `${JSON.stringify({ options: { ...options, password: undefined }, date: dayOf(new Date()), conditions: describeMachine(), verdict, ...result }, null, 2)}\n`)
    }
    return verdict.isGood ? 0 : 1
  } catch (error) {
    // processes that were ended under it have nothing to say
    if (!isInterrupted) throw error
    return await new Promise<number>(() => {})
  } finally {
    await cleanUp()
  }
}

await runCommand(loadtest)
