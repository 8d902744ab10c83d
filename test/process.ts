import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'

const root = join(import.meta.dirname, '..')

/** A program of ours running as a person would start it, ended with the test. */
export interface Running {
  /** Everything that it printed so far. */
  output: () => string
  /** Resolves with the match as soon as the output has one, counted from its beginning. */
  printed: (pattern: RegExp) => Promise<RegExpExecArray>
  send: (signal: NodeJS.Signals) => void
  /** Sends a signal and resolves with the exit code. */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
  exited: Promise<number | null>
}

function follow (child: ChildProcess): Running {
  let text = ''
  const waiting = new Set<() => void>()
  const grow = (chunk: Buffer) => {
    text += chunk.toString()
    for (const look of waiting) look()
  }
  child.stdout?.on('data', grow)
  child.stderr?.on('data', grow)
  const exited = once(child, 'close').then(([code]) => code as number | null)
  return {
    output: () => text,
    exited,
    printed: (pattern) => new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(text)
        if (match === null) return
        waiting.delete(look)
        resolve(match)
      }
      waiting.add(look)
      look()
      exited.then(() => { reject(new Error(`ended without printing ${pattern}:\n${text}`)) }, reject)
    }),
    send: (signal) => { child.kill(signal) },
    stop: (signal = 'SIGTERM') => {
      child.kill(signal)
      return exited
    }
  }
}

/** Starts one of our programs with nothing of the tests' own loaders in its environment. */
export function run (t: Test, args: string[], env: NodeJS.ProcessEnv): Running {
  const loader = args[0]?.endsWith('.ts') ? ['--import', 'tsx'] : []
  const child = spawn(process.execPath, [...loader, ...args], {
    cwd: root,
    // compiled by tsx, such a process has other offsets than tap's: merged, its coverage would spoil that of the tests
    env: { PATH: process.env.PATH, HOME: process.env.HOME, FASTIFY_AUTOLOAD_TYPESCRIPT: '1', _TAPJS_PROCESSINFO_COVERAGE_: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const running = follow(child)
  t.teardown(() => child.exitCode ?? running.stop())
  return running
}
