import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { UsageError } from '../usage-error.ts'
import { startProgram } from './processes.ts'
import type { Killable } from './strikes.ts'

async function runShell (command: string): Promise<void> {
  const [code] = await once(spawn(command, { shell: true, stdio: ['ignore', 'ignore', 'inherit'] }), 'exit') as [number | null]
  if (code !== 0) throw new Error(`'${command}' ended with ${code}`)
}

/** The database of `MONGODB_URI` as the commands see it that know how to kill and to start it. */
function createEngine ({ CHAOS_KILL_DATABASE: kill, CHAOS_START_DATABASE: start }: NodeJS.ProcessEnv): Killable {
  if (!kill || !start) throw new UsageError('--kill-database needs MONGODB_URI, CHAOS_KILL_DATABASE and CHAOS_START_DATABASE: the embedded database would lose everything')
  return { kill: () => runShell(kill), start: () => runShell(start) }
}

/** The database of `MONGODB_URI`, or an embedded one in a process of its own. */
export async function startDatabase (script: string, env: NodeJS.ProcessEnv, mayBeKilled: boolean) {
  const engine = mayBeKilled ? createEngine(env.MONGODB_URI ? env : {}) : null
  if (env.MONGODB_URI) return { uri: env.MONGODB_URI, engine, close: async () => {} }
  const database = await startProgram({ command: process.execPath, args: [script], env: {}, ready: /mongodb:\/\/\S+/ })
  return { uri: database.match[0], engine, close: () => database.kill() }
}
