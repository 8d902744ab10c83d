import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { LoadRequest } from '../harness/claim.ts'
import { openAccounts, type Accounts } from './accounts.ts'
import { createChoice, type Kind } from './scenario.ts'
import { planArrivals, planQuestions, type Question } from './schedule.ts'
import { createWire, type Connections } from './wire.ts'

export interface Plan {
  origin: string
  users: number
  kinds: Kind[]
  /** Access tokens, one for each user in turn. */
  tokens: string[]
  /** Time after the last question in which answers still count, in ms. */
  patienceMs: number
}

export interface Pace {
  /** Requests per second. */
  rate: number
  seconds: number
  seed: number
}

/** What the generator itself did meanwhile: its pauses are part of all times. */
export interface Generator {
  /** Delay of its event loop, in ms. */
  delayP99Ms: number
  delayMaxMs: number
  /** CPU time over time. */
  cpu: number
}

export interface Phase extends Accounts {
  /** From the first question to the last answer. */
  seconds: number
  /** Right answers per second of that time. */
  rate: number
  connections: Connections
  /** Users who were answered at least once since they came. */
  usersAnswered: number
  generator: Generator
}

const MS_PER_S = 1000
const US_PER_MS = 1000
const NS_PER_MS = 1e6
const TICK_MS = 1
const WARM_USERS = 50
const SEED_OF_ARRIVALS = 7919

/** An address of its own, from the network that is kept for such tests (RFC 2544): each user has a budget of its own behind a trusted proxy. */
export const addressOf = (user: number): string => `198.${18 + (user >> 16 & 1)}.${user >> 8 & 255}.${user & 255}`

function watchMyself (): () => Generator {
  const delay = monitorEventLoopDelay({ resolution: TICK_MS })
  delay.enable()
  const [startedAt, before] = [performance.now(), process.cpuUsage()]
  return function look () {
    // an interval is the tick and what it was late
    delay.disable()
    const { user, system } = process.cpuUsage(before)
    return { delayP99Ms: delay.percentile(99) / NS_PER_MS - TICK_MS, delayMaxMs: delay.max / NS_PER_MS - TICK_MS, cpu: (user + system) / US_PER_MS / (performance.now() - startedAt) }
  }
}

/** Users of a server: they come, ask when the clock says so, whatever became of their questions before, and leave. */
export function createDriver ({ origin, users, kinds, tokens, patienceMs }: Plan) {
  const choose = createChoice(kinds)
  let wire = createWire(origin)
  const answered = new Set<number>()
  const tags = new Map<string, string>()
  let asked = 0

  function requestOf (kind: Kind, user: number): LoadRequest {
    const request = kind.requests[asked++ % kind.requests.length] as LoadRequest
    const tag = kind.isConditional === true ? tags.get(request.path) : undefined
    const headers: Record<string, string> = { ...request.headers, 'x-forwarded-for': addressOf(user) }
    if (kind.isSignedIn === true) headers.authorization = `Bearer ${tokens[user % tokens.length]}`
    if (tag !== undefined) headers['if-none-match'] = tag
    return { ...request, headers }
  }

  /** Asks what is due, by the clock, until all is answered or patience ends. */
  async function run (questions: Iterator<Question>): Promise<Phase> {
    const accounts = openAccounts(kinds)
    const look = watchMyself()
    const startedAt = performance.now()
    let next = questions.next()
    let lastDue = startedAt

    function ask ({ at, user, choice }: Question): void {
      const kind = choose(choice)
      const request = requestOf(kind, user)
      lastDue = startedAt + at
      const settle = accounts.send(kind, lastDue, performance.now())
      wire.ask(user, request, (outcome) => {
        if (settle(outcome, performance.now())) answered.add(user)
        if ('etag' in outcome && outcome.etag !== undefined && kind.isSignedIn !== true) tags.set(request.path, outcome.etag)
      }, kind.isGraphQL)
    }

    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        for (const now = performance.now() - startedAt; next.done !== true && next.value.at <= now; next = questions.next()) ask(next.value)
        if (next.done !== true || (wire.waits() > 0 && performance.now() < lastDue + patienceMs)) return
        clearInterval(timer)
        resolve()
      }, TICK_MS)
    })
    const generator = look()
    const seconds = (performance.now() - startedAt) / MS_PER_S
    const connections = { ...wire.connections }
    wire.giveUp()
    const closed = accounts.close()
    const rate = (closed.classes.cached.answered + closed.classes.uncached.answered) / seconds
    return { ...closed, seconds, rate, connections, usersAnswered: answered.size, generator }
  }

  return {
    /** A few users who ask everything, so that the server has compiled what it runs; they leave. */
    async warmUp (pace: Pace): Promise<Phase> {
      const phase = await run(planQuestions(Math.min(users, WARM_USERS), pace))
      wire.leave()
      wire = createWire(origin)
      answered.clear()
      return phase
    },

    /** All users come within `seconds`, each by a connection of its own and a first question. */
    arrive: async (seconds: number, seed: number): Promise<Phase> => await run(planArrivals(users, seconds, seed + SEED_OF_ARRIVALS)),

    /** All users ask, at random times. */
    ask: async (pace: Pace): Promise<Phase> => await run(planQuestions(users, pace)),

    leave (): void { wire.leave() }
  }
}
