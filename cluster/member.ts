import cluster from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'

/** Interval at which an order is given again: a process that still loads its modules hears nothing, and obeys only the first. */
const ORDER_INTERVAL_MS = 1000

/** What a process of the crew tells: `ready` once, `closed` when it takes no connection any more, its memory again and again, and what belongs to metrics. */
export type Message = 'ready' | 'closed' | { type: 'memory', bytes: number } | { type: 'metrics-wanted' | 'metrics', id: number, metrics?: object[] }

/** How a process ended. */
export interface Ended {
  code: number | null
  signal: string | null
}

interface Start {
  /** Place in the crew, the same for whoever takes it over. */
  place: number
  env: NodeJS.ProcessEnv
  onMessage: (member: Member, message: Message) => void
}

/** Starts a process that serves beside others. */
export function startMember ({ place, env, onMessage }: Start) {
  const worker = cluster.fork(env)
  const ended = new Promise<Ended>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) => { resolve({ code, signal }) })
    // one that could not be started has no exit
    worker.on('error', () => { if (worker.process.pid === undefined) resolve({ code: null, signal: null }) })
  })
  let isReady = false
  const ready = new Promise<boolean>((resolve) => {
    worker.on('message', (message: Message) => {
      if (message !== 'ready') return
      isReady = true
      resolve(true)
    })
    ended.then(() => { resolve(false) }, () => {})
  })

  const member = {
    place,
    pid: worker.process.pid,
    startedAt: performance.now(),
    /** Resolves with true when it serves and the database is there, with false when it ended before. */
    ready,
    /** Whether it takes traffic. */
    get isReady (): boolean { return isReady },
    ended,
    // one that has just ended hears nothing
    send: (message: object | string): void => { if (worker.isConnected()) worker.send(message, () => {}) },
    kill: (): void => { worker.process.kill('SIGKILL') },

    /** Resolves when it has ended: by itself, or killed after `limitMs`. */
    async stop (order: 'stop' | 'retire', limitMs: number): Promise<Ended> {
      // where all stop, each serves on for its grace
      if (order === 'retire') isReady = false
      member.send(order)
      const repetition = setInterval(member.send, ORDER_INTERVAL_MS, order)
      const limit = new AbortController()
      delay(limitMs, undefined, limit).then(member.kill, () => {})
      const end = await ended
      clearInterval(repetition)
      limit.abort()
      return end
    }
  }
  worker.on('message', (message: Message) => {
    if (message === 'closed') member.send('heard')
    else onMessage(member, message)
  })
  return member
}
export type Member = ReturnType<typeof startMember>
