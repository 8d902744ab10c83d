import { CircuitState, isBrokenCircuitError } from 'cockatiel'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config } from '../../../schemas/config.ts'
import { createExchange, type Question } from './exchange.ts'
import { UpstreamFault } from './faults.ts'
import type { MarketMetrics } from './market-metrics.ts'
import { createResilience } from './resilience.ts'
import { createWeightBudget } from './weight-budget.ts'

interface Needs {
  config: Config
  httpErrors: FastifyInstance['httpErrors']
  log: FastifyBaseLogger
  metrics: MarketMetrics
  now: () => number
}

/**
 * Asks the exchange within all limits: time, size, weight, retries, circuit breaker. Whatever keeps it from a good
 * answer is one error, 503 `MARKET_DATA_UNAVAILABLE`, with its cause for the log.
 */
export function createClient ({ config, httpErrors, log, metrics, now }: Needs) {
  const budget = createWeightBudget({ maxWeight: config.MARKET_DATA_MAX_WEIGHT, onUsed: metrics.weight, now })
  const exchange = createExchange({ origin: config.MARKET_DATA_URL, timeoutMs: config.MARKET_DATA_TIMEOUT_MS, maxBytes: config.MARKET_DATA_MAX_BYTES, budget })
  const run = createResilience({
    retries: config.MARKET_DATA_RETRIES,
    retryDelayMs: config.MARKET_DATA_RETRY_DELAY_MS,
    breakerFailures: config.MARKET_DATA_BREAKER_FAILURES,
    breakerOpenMs: config.MARKET_DATA_BREAKER_OPEN_MS,
    onStateChange (state) {
      metrics.circuit(state)
      log.warn({ circuit: CircuitState[state] }, 'market data circuit')
    }
  })

  const unavailable = (cause?: unknown): Error =>
    httpErrors.createError(503, 'There is no good market data', { code: 'MARKET_DATA_UNAVAILABLE', cause })

  async function attempt<T> (question: Question, read: (answer: unknown) => T): Promise<T> {
    try {
      const value = read(await exchange.ask(question))
      metrics.asked(question.endpoint, 'ok')
      return value
    } catch (error) {
      if (error instanceof UpstreamFault) metrics.asked(question.endpoint, error.outcome)
      throw error
    }
  }

  return {
    unavailable,
    close: exchange.close,

    /** What `read` makes of a good answer; `read` refuses one by an `UpstreamFault`, which counts as a failed attempt. */
    async ask<T> (question: Question, read: (answer: unknown) => T): Promise<T> {
      if (config.MARKET_DATA_URL === '') throw unavailable('MARKET_DATA_URL is not set')
      if (budget.isPaused()) {
        metrics.asked(question.endpoint, 'paused')
        throw unavailable('The weight of requests is used up')
      }
      try {
        return await run(() => attempt(question, read), exchange.closed)
      } catch (error) {
        if (isBrokenCircuitError(error)) metrics.asked(question.endpoint, 'circuit_open')
        else if (!(error instanceof UpstreamFault)) throw error
        throw unavailable(error)
      }
    }
  }
}
export type Client = ReturnType<typeof createClient>
