import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RouteClass } from './route-classes.ts'

/** A request in flight. */
export interface Flight {
  request: IncomingMessage
  response: ServerResponse
  route: RouteClass
  /** When it was there to be read, of `performance.now()`. */
  arrivedAt: number
  /** Requests that were in flight when it began, and number of those that had begun until then. */
  others: number
  begunBefore: number
  /** It waits for its client, or streams for long: it does not count. */
  isAside: boolean
  /** It once did: how long it took says nothing. */
  wasAside: boolean
}

/** A request that was answered. */
interface Landing {
  route: RouteClass
  ms: number
  /** Requests that were in flight with it, at one time or another. */
  others: number
}

/** Age from which a request may be set aside, in ms: an honest client has sent its body by then. */
const ASIDE_AFTER_MS = 100
/** Between two turns of a busy event loop, in ms. */
const NO_PAUSE_MS = 0.5

/**
 * The requests in flight. One that is answered counts until the turn of the event loop ends: what is computed without
 * waiting would never be seen otherwise, and the queue of those is in the sockets that the same turn has found readable.
 */
export class Flights {
  readonly #underWay = new Set<Flight>()
  readonly #onLanding: (landing: Landing) => void
  #begun = 0
  #endedInTurn = 0
  #aside = 0
  #arrivedAt: number | undefined
  #lastTurn = { endedAt: -Infinity, ms: 0 }

  /** `onLanding` gets each that was answered, unless it was ever set aside. */
  constructor (onLanding: (landing: Landing) => void) { this.#onLanding = onLanding }

  get count (): number { return this.#underWay.size + this.#endedInTurn - this.#aside }

  begin (parts: Pick<Flight, 'request' | 'response' | 'route'>): void {
    const flight = { ...parts, arrivedAt: this.#turn(), others: this.count, begunBefore: this.#begun++, isAside: false, wasAside: false }
    this.#underWay.add(flight)
    parts.response.once('close', () => { this.#end(flight) })
  }

  /** Sets aside whom the server does not keep waiting: slow senders, whoever reads an answer that has begun, and exports, which stream for minutes. */
  sweep (): void {
    const before = performance.now() - ASIDE_AFTER_MS
    for (const flight of this.#underWay) {
      const { request, response, route: { priority } } = flight
      const isAside = flight.arrivedAt < before && (!request.complete || response.headersSent || priority === 'export')
      if (isAside !== flight.isAside) this.#aside += isAside ? 1 : -1
      flight.isAside = isAside
      flight.wasAside ||= isAside
    }
  }

  #end (flight: Flight): void {
    this.#underWay.delete(flight)
    if (flight.isAside) {
      this.#aside -= 1
      return
    }
    this.#turn()
    this.#endedInTurn += 1
    // how long an export takes is its size's and its reader's doing
    if (flight.wasAside || flight.route.priority === 'export' || !flight.response.writableFinished) return
    const others = flight.others + this.#begun - flight.begunBefore - 1
    this.#onLanding({ route: flight.route, ms: performance.now() - flight.arrivedAt, others })
  }

  /** When what this turn of the event loop has found in the sockets came in: halfway through the turn before, if that left no time to wait. */
  #turn (): number {
    if (this.#arrivedAt === undefined) {
      const beganAt = performance.now()
      const { endedAt, ms } = this.#lastTurn
      this.#arrivedAt = beganAt - endedAt < NO_PAUSE_MS ? endedAt - ms / 2 : beganAt
      setImmediate(() => {
        const now = performance.now()
        this.#lastTurn = { endedAt: now, ms: now - beganAt }
        this.#arrivedAt = undefined
        this.#endedInTurn = 0
      })
    }
    return this.#arrivedAt
  }
}
