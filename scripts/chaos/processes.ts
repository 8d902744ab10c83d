import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Lines of a process that are told when something is wrong with it. */
const KEPT_LINES = 40

const children = new Set<ChildProcess>()
process.on('exit', () => { for (const child of children) child.kill('SIGKILL') })

export interface Program {
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
  /** The line that it prints once it is ready. */
  ready: RegExp
}

/** Starts a program; resolves when it is ready. It does not outlive this process. */
export async function startProgram ({ command, args, env, ready }: Program) {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  const lines: string[] = []
  const exited = once(child, 'exit').then(() => { children.delete(child) })
  const begun = new Promise<RegExpExecArray>((resolve) => {
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        if (lines.push(line) > KEPT_LINES) lines.shift()
        const match = ready.exec(line)
        if (match !== null) resolve(match)
      })
    }
  })
  const match = await Promise.race([begun, exited])
  if (!match) throw new Error(`${[command, ...args].join(' ')} has ended:\n${lines.join('\n')}`)

  return {
    match,
    exited,
    lines: (): readonly string[] => lines,
    isAlive: (): boolean => children.has(child),
    async kill (): Promise<void> {
      child.kill('SIGKILL')
      await exited
    },
    pause (): void { child.kill('SIGSTOP') },
    resume (): void { child.kill('SIGCONT') }
  }
}
export type Running = Awaited<ReturnType<typeof startProgram>>
