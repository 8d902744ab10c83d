import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RequestParams } from 'graphql-http'
import type { RequireHarmless } from './guards.ts'
import type { Result } from './http.ts'
import type { createPricing } from './price.ts'
import { MUTATION_UNITS, usedBy } from './weights.ts'

export interface Exchange {
  request: FastifyRequest
  reply: FastifyReply
}

interface Parts {
  pricing: ReturnType<typeof createPricing>
  requireHarmless: RequireHarmless
  isMutation: (operation: RequestParams) => boolean
}

/** Counts what the answer to an operation needed, and passes it on. */
export type Meter = (result: Result) => Result

/** What the route itself has charged. */
const PAID = 1

/**
 * Operations are paid for before they run, by what they may need, and refunded to what they did need: a kept answer costs
 * what a simple read does. A batch is paid for as a whole. Errors: 400 `OPERATION_TOO_EXPENSIVE` for what no budget of the
 * caller's tier could ever pay, 429 for what it cannot pay now.
 */
export function createPayment ({ httpErrors, rateLimits }: Pick<FastifyInstance, 'httpErrors' | 'rateLimits'>, { isMutation, pricing, requireHarmless }: Parts) {
  function isHarmless (operation: RequestParams): boolean {
    try {
      requireHarmless(operation)
      return true
    } catch {
      return false
    }
  }

  /** `run` tells `used` each result that was made for it. */
  return async function pay<T> ({ request, reply }: Exchange, operations: readonly RequestParams[], run: (used: Meter) => Promise<T>): Promise<T> {
    // what will be refused for other reasons costs nothing more
    const price = Math.max(PAID, pricing.pricesOf(operations.filter(isHarmless)))
    const budget = rateLimits.budgetOf(request)
    if (price > budget) {
      throw httpErrors.createError(400, `This costs ${price} units, more than your whole budget of ${budget}`, { code: 'OPERATION_TOO_EXPENSIVE' })
    }
    await rateLimits.charge(request, reply, price - PAID)
    let cost = operations.filter(isMutation).length * MUTATION_UNITS
    try {
      return await run(function used (result) {
        cost += usedBy(result.data)
        return result
      })
    } finally {
      rateLimits.refund(request, reply, Math.max(0, price - Math.max(PAID, cost)))
    }
  }
}
export type Pay = ReturnType<typeof createPayment>
