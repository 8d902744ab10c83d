import { fork, type ChildProcess, type Serializable } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Time that a child gets to close after its channel has closed, in ms. */
const CLOSE_LIMIT_MS = 10_000

const children = new Set<ChildProcess>()

/** Ends a process with all the others; it ends when its channel to us closes. */
export function keepChild (child: ChildProcess): ChildProcess {
  children.add(child)
  child.on('exit', () => children.delete(child))
  return child
}

/** Starts one of the scripts beside this file as a process of its own; it ends when its channel to us closes. */
export function startChild (script: string, env: NodeJS.ProcessEnv): ChildProcess {
  return keepChild(fork(join(import.meta.dirname, script), { env: { ...process.env, FASTIFY_AUTOLOAD_TYPESCRIPT: '1', ...env }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }))
}

/** The next message of a child; rejects if it ends instead. */
export async function nextMessage<T> (child: ChildProcess): Promise<T> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${child.spawnargs.at(-1)} has ended with ${child.exitCode ?? child.signalCode}`)
  const done = new AbortController()
  const message = once(child, 'message', { signal: done.signal }).then(([value]) => value as T)
  const exit = once(child, 'exit', { signal: done.signal }).then(([code]) => { throw new Error(`${child.spawnargs.at(-1)} ended with ${code}`) })
  try {
    return await Promise.race([message, exit])
  } finally {
    done.abort()
    await Promise.allSettled([message, exit])
  }
}

/** Sends a child a question and waits for its answer; rejects if it ends instead. */
export async function askChild<T> (child: ChildProcess, question: Serializable): Promise<T> {
  const answer = nextMessage<T>(child)
  // a child that has ended meanwhile rejects the answer
  child.send(question, () => {})
  return await answer
}

export async function endChild (child: ChildProcess): Promise<void> {
  if (!children.has(child)) return
  const exit = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_LIMIT_MS)
  if (child.connected) child.disconnect()
  await exit
  clearTimeout(timer)
}

/** Ends every process that was started here, and none else. */
export async function endChildren (): Promise<void> {
  await Promise.all([...children].map(endChild))
}
