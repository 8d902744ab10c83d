import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { goFirst } from './priority.ts'

/** A line that does not come for so long will not come. */
const LINE_LIMIT_MS = 120_000
/** Lines that are told when something is wrong. */
const TOLD_LINES = 20

/** A program with lines that are kept; it does not outlive the bench. */
export function startProgram (command: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} cannot be started`)
  // those that it starts follow it
  goFirst(constants.priority.PRIORITY_HIGH, pid)
  const lines: string[] = []
  const growth = new EventEmitter().setMaxListeners(0)
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line)
      growth.emit('line')
    })
  }
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const over = new AbortController()
  const exited = once(child, 'close').then(([code]) => {
    process.removeListener('exit', kill)
    over.abort()
    return code as number | null
  })
  const complaint = (what: string) => new Error(`${[command, ...args].join(' ')} ${what}:\n${lines.slice(-TOLD_LINES).join('\n')}`)

  return {
    pid,
    exited,
    send: (signal: NodeJS.Signals): void => { child.kill(signal) },

    /** Resolves with all lines that match once there are so many, counted from the first line. */
    async printed (pattern: RegExp, times = 1): Promise<string[]> {
      const signal = AbortSignal.any([over.signal, AbortSignal.timeout(LINE_LIMIT_MS)])
      while (true) {
        const found = lines.filter((line) => pattern.test(line))
        if (found.length >= times) return found
        await once(growth, 'line', { signal }).catch(() => { throw complaint(`did not print ${pattern}`) })
      }
    },

    /** Resolves when it has ended as it was told. */
    async stop (): Promise<void> {
      child.kill('SIGTERM')
      const code = await exited
      if (code !== 0) throw complaint(`ended with ${code}`)
    }
  }
}
export type Program = ReturnType<typeof startProgram>
