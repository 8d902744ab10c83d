import { fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { askChild, endChild, keepChild } from '../harness/children.ts'

/** What a forced collection leaves; in bytes, but for the handles. */
export interface Memory {
  heapUsed: number
  /** Outside of the heap, held by objects in it. */
  external: number
  arrayBuffers: number
  rss: number
  /** What keeps the event loop busy: connections, timers, requests of the process. */
  handles: number
}

/** Errors of the log that are told at the end. */
const KEPT_ERRORS = 20
/** Level `error` of pino. */
const ERROR_LEVEL = 50
const LISTENING = /Server listening at (http:\/\/[\d.:]+)/

function levelOf (line: string): number {
  try {
    return (JSON.parse(line) as { level: number }).level
  } catch {
    return ERROR_LEVEL
  }
}

export interface ServerOptions {
  /** Path of the compiled program. */
  program: string
  env: NodeJS.ProcessEnv
  plantsLeak: boolean
}

/** The server as production runs it, and beside its code only what collects garbage on demand. */
export async function startServer ({ program, env, plantsLeak }: ServerOptions) {
  const preloads = ['probe.js', ...(plantsLeak ? ['leak.js'] : [])].flatMap((file) => ['--import', join(import.meta.dirname, file)])
  const child = keepChild(fork(program, [], { env: { PATH: process.env.PATH, ...env }, execArgv: ['--expose-gc', '--enable-source-maps', '--heapsnapshot-signal=SIGWINCH', `--diagnostic-dir=${tmpdir()}`, ...preloads], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }))
  const errors: string[] = []
  const begun = new Promise<string>((resolve) => {
    // it is a pipe
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      if (levelOf(line) >= ERROR_LEVEL && errors.length < KEPT_ERRORS) errors.push(line)
      const origin = LISTENING.exec(line)?.[1]
      if (origin !== undefined) resolve(origin)
    })
  })
  const origin = await Promise.race([begun, once(child, 'exit')])
  if (typeof origin !== 'string') throw new Error(`The server has ended:\n${errors.join('\n')}`)

  return {
    origin,
    errors: (): readonly string[] => errors,
    sample: (): Promise<Memory> => askChild<Memory>(child, 'sample'),
    close: () => endChild(child)
  }
}
export type Server = Awaited<ReturnType<typeof startServer>>
