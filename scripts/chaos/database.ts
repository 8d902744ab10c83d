import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { UsageError } from '../application.ts'
import { startProgram } from './processes.ts'

/** How long a killed database stays dead, in ms. */
const DEAD_MS = 500

async function runShell (command: string): Promise<void> {
  const [code] = await once(spawn(command, { shell: true, stdio: ['ignore', 'ignore', 'inherit'] }), 'exit') as [number | null]
  if (code !== 0) throw new Error(`'${command}' ended with ${code}`)
}

/** Kills the database of `MONGODB_URI` and starts it again, by the commands that know how. */
function createKill ({ CHAOS_KILL_DATABASE: kill, CHAOS_START_DATABASE: start }: NodeJS.ProcessEnv) {
  if (!kill || !start) throw new UsageError('--kill-database needs MONGODB_URI, CHAOS_KILL_DATABASE and CHAOS_START_DATABASE: the embedded database would lose everything')
  return async function killDatabase (): Promise<void> {
    await runShell(kill)
    await delay(DEAD_MS)
    await runShell(start)
  }
}

/** The database of `MONGODB_URI`, or an embedded one in a process of its own. */
export async function startDatabase (script: string, env: NodeJS.ProcessEnv, mayBeKilled: boolean) {
  const kill = mayBeKilled ? createKill(env.MONGODB_URI ? env : {}) : null
  if (env.MONGODB_URI) return { uri: env.MONGODB_URI, kill, close: async () => {} }
  const database = await startProgram({ command: process.execPath, args: [script], env: {}, ready: /mongodb:\/\/\S+/ })
  return { uri: database.match[0], kill, close: () => database.kill() }
}
