import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

/** Pause of a client between an answer and its next request. */
const PAUSE_MS = 5
/** Who is not answered for so long is lost. */
const ANSWER_LIMIT_MS = 30_000

interface Answer {
  status: number | undefined
  body: string
  /** Whether it was the last one of its connection. */
  isLast: boolean
}

/** Asks by `agent`, or over a connection for this request alone; rejects where the answer is not whole. */
export async function ask (url: string, agent: Agent | false = false): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    request(url, { agent, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }, (response) => {
      text(response).then((body) => { resolve({ status: response.statusCode, body, isLast: response.headers.connection === 'close' }) }, reject)
    }).on('error', reject).end()
  })
}

/**
 * Clients that ask again and again, half of them over a connection that they keep. They go where a balancer sends them:
 * once `/readyz` says that it stops, nobody connects anew, and whoever has a connection keeps it until an answer ends it.
 * A database that is slow to answer it, on a busy machine, sends nobody away.
 */
export function startClients (origin: string, paths: readonly string[]) {
  const counts = { answered: 0, sentAway: 0 }
  const failures: string[] = []
  const agents: Agent[] = []
  const state = { isGone: false, isEnough: false }
  let tellMany = () => {}

  async function get (path: string, agent?: Agent): Promise<Answer> {
    await delay(PAUSE_MS)
    const answer = await ask(origin + path, agent).catch((error: unknown): Answer => {
      failures.push(`${path} ${String(error)}`)
      return { status: undefined, body: '', isLast: true }
    })
    if (answer.status !== 200) failures.push(`${path} ${answer.status}`)
    counts.answered++
    tellMany()
    return answer
  }
  async function comeAnew (path: string): Promise<void> {
    while (!state.isGone && !state.isEnough) await get(path)
  }
  async function stay (path: string): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    agents.push(agent)
    while (!state.isEnough) {
      const { isLast } = await get(path, agent)
      if (!isLast) continue
      counts.sentAway++
      if (state.isGone) return
    }
  }
  async function balance (): Promise<void> {
    while (!state.isGone && !state.isEnough) {
      await delay(PAUSE_MS)
      state.isGone = await ask(`${origin}/readyz`).then(({ body }) => body.includes('"stopping"'), () => false)
    }
  }

  const ended = Promise.all([balance(), ...paths.flatMap((path) => [comeAnew(path), stay(path)])])
  return {
    counts,
    failures,
    /** Resolves when there were so many more answers. */
    answered: (more: number) => new Promise<void>((resolve) => {
      const wanted = counts.answered + more
      tellMany = () => { if (counts.answered >= wanted) resolve() }
    }),
    /** Resolves when all have been sent away. */
    ended,
    /** Ends them all. */
    async stop (): Promise<void> {
      state.isEnough = true
      await ended
      for (const agent of agents) agent.destroy()
    }
  }
}
