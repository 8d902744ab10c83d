import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { costOf } from './cost.ts'
import type { Ledger, Standing } from './ledger.ts'
import type { LimitMetrics } from './metrics.ts'
import type { createPolicies, Policy } from './policies.ts'

interface Parts {
  ledger: Ledger
  policies: ReturnType<typeof createPolicies>
  counts: LimitMetrics
}

type Needs = Pick<FastifyInstance, 'clientAddressOf' | 'config' | 'httpErrors' | 'optimizationIsOn'>
type Done = (error?: Error) => void

/** Admits a request without its route: headers of its answer, as a list of names and values; undefined if the route must decide. */
type Gate = (request: IncomingMessage) => string[] | undefined

/** Who pays for a request, how much, and what its answer says of that (draft-ietf-httpapi-ratelimit-headers-10). */
export class Limits {
  readonly #needs: Needs
  readonly #parts: Parts
  readonly #isOn: boolean

  constructor (needs: Needs, parts: Parts) {
    this.#needs = needs
    this.#parts = parts
    this.#isOn = needs.optimizationIsOn('rate-limits')
  }

  /** Charges the caller of a request, or the address without one, with what the route costs; an error 429 if that is too much. */
  admit (request: FastifyRequest, reply: FastifyReply, done: Done): void {
    const cost = this.#isOn ? costOf(request) : 0
    if (cost === 0) {
      done()
      return
    }
    const standing = this.#parts.ledger.spend(this.#keyOf(request), cost, this.#policyOf(request).quota)
    if (standing instanceof Promise) standing.then((later) => { done(this.#begin(request, reply, later)) }, done)
    else done(this.#begin(request, reply, standing))
  }

  /** Charges more than the route itself costs; throws the error 429 if that is too much. */
  async charge (request: FastifyRequest, reply: FastifyReply, units: number): Promise<void> {
    if (!this.#isOn || units === 0) return
    const standing = await this.#parts.ledger.spend(this.#keyOf(request), units, this.#policyOf(request).quota)
    const refusal = this.#conclude(request, reply, standing)
    if (refusal !== undefined) throw refusal
  }

  /** Gives back what was charged and turned out not to be needed. */
  refund (request: FastifyRequest, reply: FastifyReply, units: number): void {
    if (!this.#isOn || units === 0) return
    this.#declare(request, reply, this.#parts.ledger.refund(this.#keyOf(request), units, this.#policyOf(request).quota))
  }

  /** Units of a window that the caller has when nothing is loaded: what costs more can never be paid. Infinity without limits. */
  budgetOf (request: FastifyRequest): number {
    return this.#isOn ? this.#policyOf(request).budget : Infinity
  }

  /** Admits the next strangers who ask for the same as this one, below the framework, for what it was charged. */
  gateOf (stranger: FastifyRequest): Gate {
    const cost = stranger.spending === null ? 0 : costOf(stranger)
    return (request) => cost === 0 ? [] : this.#admitStranger(request, cost)
  }

  /** How the caller stands, for people. */
  describe ({ spending }: FastifyRequest) {
    if (spending === null) return { is_limited: false }
    const { policy: { name, budget }, standing: { quota, remaining, resetS } } = spending
    const { config: { RATE_LIMIT_WINDOW_S: windowS } } = this.#needs
    return { is_limited: true, policy: name, budget, quota, remaining, window_s: windowS, reset_s: resetS, load_factor: this.#parts.policies.factor }
  }

  #keyOf ({ caller, raw }: FastifyRequest): string {
    return caller ? `user:${caller.user_id}` : `address:${this.#needs.clientAddressOf(raw)}`
  }

  #policyOf ({ caller }: FastifyRequest): Policy {
    return this.#parts.policies.of(caller ? caller.tier : 'anonymous')
  }

  #admitStranger (request: IncomingMessage, cost: number): string[] | undefined {
    const policy = this.#parts.policies.of('anonymous')
    const standing = this.#parts.ledger.spendNow(`address:${this.#needs.clientAddressOf(request)}`, cost, policy.quota)
    if (!standing?.isAllowed) return undefined
    this.#parts.counts.admitted('anonymous')
    const [inForce, left] = this.#headersOf(policy, standing)
    return ['ratelimit-policy', inForce, 'ratelimit', left]
  }

  /** The policy as it is in force: at the share of this instance while budgets are not shared. */
  #headersOf ({ name, quota, header }: Policy, standing: Standing): [policy: string, limit: string] {
    const policy = standing.quota === quota ? header : `"${name}";q=${standing.quota};w=${this.#needs.config.RATE_LIMIT_WINDOW_S}`
    return [policy, `"${name}";r=${standing.remaining};t=${standing.resetS}`]
  }

  #declare (request: FastifyRequest, reply: FastifyReply, standing: Standing): void {
    const policy = this.#policyOf(request)
    const [inForce, left] = this.#headersOf(policy, standing)
    request.spending = { policy, standing }
    reply.header('ratelimit-policy', inForce).header('ratelimit', left)
  }

  /** Concludes what the route itself costs: a request counts as admitted once, however often it is charged. */
  #begin (request: FastifyRequest, reply: FastifyReply, standing: Standing): Error | undefined {
    if (standing.isAllowed) this.#parts.counts.admitted(this.#policyOf(request).name)
    return this.#conclude(request, reply, standing)
  }

  /** Tells the answer what became of a request to spend; the error 429 if it was refused. */
  #conclude (request: FastifyRequest, reply: FastifyReply, standing: Standing): Error | undefined {
    this.#declare(request, reply, standing)
    if (standing.isAllowed) return undefined
    this.#parts.counts.refused(this.#policyOf(request).name)
    return this.#needs.httpErrors.createError(429, `Your budget is spent for now; try again in ${standing.retryAfterS} s`, {
      headers: { 'retry-after': String(standing.retryAfterS) }
    })
  }
}
