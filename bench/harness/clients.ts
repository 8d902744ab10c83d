import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { LoadRequest } from './claim.ts'
import { now } from './clock.ts'
import { Unanswered, type Fates } from './fates.ts'

/** Pause after a failure: who asks at once again, again and again, takes the machine from a server that starts. */
const FAILURE_PAUSE_MS = 200

/** Clients of one kind. */
export interface Group {
  name: string
  count: number
  /** Whether a client keeps its connection, or opens one for each request. */
  isKept: boolean
  /** Mean pause between an answer and the next request, in ms; it is random, up to twice that. */
  pauseMs: number
}

export interface Asked {
  address: string
  requests: LoadRequest[]
  /** A request that has no answer for so long has failed, in ms. */
  limitMs: number
}

/** Asks once, over a connection for this request alone if `agent` is false; resolves with whether the answer was the last of its connection. */
async function ask ({ address, limitMs }: Asked, { path, method, headers, body }: LoadRequest, agent: Agent | false): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const sent = request(address + path, { agent, method, headers }, (response) => {
      text(response).then((body) => {
        if (response.statusCode === 200) resolve(response.headers.connection === 'close')
        else reject(new Error(`${response.statusCode} ${body}`))
      }).catch(reject)
    })
    const limit = setTimeout(() => sent.destroy(new Unanswered('not answered')), limitMs)
    sent.on('close', () => { clearTimeout(limit) }).on('error', reject).end(body)
  })
}

/**
 * Clients that ask again and again and forgive nothing: no request is repeated, whatever becomes of it. A kept connection is
 * used until an answer says that it is the last one, or until it is seen to be closed.
 */
export function startClients (asked: Asked, groups: readonly Group[], fates: Fates) {
  const counts = { requests: 0, sentAway: 0 }
  const agents: Agent[] = []
  const state = { isEnough: false }

  /** Resolves with whether it was answered. */
  async function askNext (name: string, agent: Agent | false): Promise<boolean> {
    const next = asked.requests[counts.requests++ % asked.requests.length] as LoadRequest
    const beganAt = now()
    try {
      const isLast = await ask(asked, next, agent)
      if (agent && isLast) counts.sentAway++
      fates.answer(beganAt)
      return true
    } catch (error) {
      fates.fail({ clients: name, path: next.path, beganAt }, error)
      return false
    }
  }
  async function live ({ name, isKept, pauseMs }: Group): Promise<void> {
    const agent = isKept && new Agent({ keepAlive: true, maxSockets: 1 })
    if (agent) agents.push(agent)
    while (!state.isEnough) {
      await delay(2 * pauseMs * Math.random())
      if (!await askNext(name, agent)) await delay(FAILURE_PAUSE_MS)
    }
  }

  const ended = Promise.all(groups.flatMap((group) => Array.from({ length: group.count }, () => live(group))))
  return {
    counts,
    /** Resolves when each has its last answer. */
    async stop (): Promise<void> {
      state.isEnough = true
      await ended
      for (const agent of agents) agent.destroy()
    }
  }
}
