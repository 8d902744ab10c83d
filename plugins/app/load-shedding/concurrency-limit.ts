/** Time that requests of one kind take while hardly any are in flight, in ms; undefined before the first. */
export interface Usual {
  ms: number | undefined
}

/** So many others in flight hardly slow a request down. */
const QUIET = 2
/** Without congestion there is always room for a burst of so many. */
const RESTING = 100
/**
 * Requests are congested while nine of ten take longer than their usual time and the slack, times this. A queue that is empty now
 * and then is none (CoDel, RFC 8289 §3.1): also below capacity most requests wait.
 */
const TOLERANCE = 1.2
const SLACK_MS = 2
/** Windows of congestion in a row that cut the limit: one alone is a pause of garbage collection. */
const PERSISTENT = 2
/** Per window: to be back soon, and while requests are refused, not to swing. */
const GROWTH = 1.25
const GROWTH_WHEN_REFUSING = 1.1
const LARGEST_CUT = 0.5
/** A window with fewer samples goes on into the next. */
const MIN_SAMPLES = 10
/** How fast the usual time follows, per sample: it settles at the median. */
const STEP = 1.05

/** While requests are refused, windows after which the usual times are measured anew, samples of that, and windows that it may last. */
const RELEARN_AFTER = 100
const RELEARN_SAMPLES = 30
const RELEARN_WINDOWS = 10

const decile = (numbers: number[]): number => numbers.sort((a, b) => a - b)[Math.floor(numbers.length * 0.1)] as number

/**
 * How many requests may be in flight, found out by how long they take: a gradient, as in Envoy's adaptive concurrency
 * (https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/adaptive_concurrency_filter). Each request is
 * compared with the usual time of its own route, so that the mix of routes does not matter.
 */
export class ConcurrencyLimit {
  readonly #floor: number
  readonly #ceiling: number
  #limit: number
  #ratios: number[] = []
  #peak = 0
  #congestedWindows = 0
  #learnt = 0
  #windows = 0
  #relearning = 0

  constructor ({ floor, ceiling }: { floor: number, ceiling: number }) {
    this.#floor = Math.min(floor, ceiling)
    this.#ceiling = ceiling
    this.#limit = Math.min(Math.max(RESTING, floor), ceiling)
  }

  get value (): number { return this.#relearning > 0 ? QUIET : this.#limit }

  /** Tells how many are in flight, after another one was admitted. */
  fill (inFlight: number): void { this.#peak = Math.max(this.#peak, inFlight) }

  /** Tells how long a request took, in ms, and how many were in flight with it: only with hardly any it was usual. */
  observe (usual: Usual, ms: number, others: number): void {
    usual.ms ??= ms
    this.#ratios.push(ms / (usual.ms + SLACK_MS))
    if (others > QUIET) return
    usual.ms *= ms > usual.ms ? STEP : 1 / STEP
    this.#learnt += 1
  }

  /** Ends a window, in which requests were refused or not, and after which so many are in flight. */
  adjust (isRefusing: boolean, inFlight: number): void {
    if (this.#relearns(isRefusing)) this.#ratios = []
    else if (this.#ratios.length >= MIN_SAMPLES || this.#peak < this.#floor) this.#follow(isRefusing ? GROWTH_WHEN_REFUSING : GROWTH)
    this.#peak = inFlight
  }

  #relearns (isRefusing: boolean): boolean {
    if (this.#relearning > 0) {
      this.#relearning = this.#learnt >= RELEARN_SAMPLES ? 0 : this.#relearning - 1
      return true
    }
    this.#windows += 1
    if (this.#windows < RELEARN_AFTER) return false
    if (isRefusing && this.#learnt < RELEARN_SAMPLES) this.#relearning = RELEARN_WINDOWS
    this.#windows = 0
    this.#learnt = 0
    return this.#relearning > 0
  }

  #follow (growth: number): void {
    // whatever takes long, a few in flight are no queue
    const ratio = this.#peak < this.#floor ? 1 : decile(this.#ratios)
    this.#congestedWindows = ratio > TOLERANCE ? this.#congestedWindows + 1 : 0
    if (this.#congestedWindows >= PERSISTENT) {
      // those in flight divided by how much too long they take: Little's law
      const cut = Math.min(this.#limit, this.#peak) * Math.max(LARGEST_CUT, TOLERANCE / ratio)
      this.#limit = Math.max(this.#floor, cut)
    } else if (this.#congestedWindows === 0 && (this.#limit < RESTING || this.#peak > this.#limit / 2)) {
      this.#limit = Math.min(this.#ceiling, this.#limit * growth)
    }
    this.#ratios = []
  }
}
