import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen, isBrokenCircuitError } from 'cockatiel'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config } from '../../../schemas/config.ts'
import type { LookUpOutcome, Payment, PayOutcome } from '../../../schemas/payouts.ts'
import { faultOf, ProviderFault } from './faults.ts'
import type { PayoutMetrics } from './payout-metrics.ts'
import type { Answer, Provider, Question } from './provider.ts'
import { judge, type Operation, type Told } from './statements.ts'

interface Needs {
  config: Config
  log: FastifyBaseLogger
  metrics: PayoutMetrics
  money: FastifyInstance['money']
  provider: Provider
}

/** What is known where nothing was asked, or no answer came. */
type Failure = Extract<PayOutcome, { outcome: 'unknown' | 'unsent' }>

/** After so many failures in a row the provider is left alone for a time; what is due waits in its queue. */
function createBreaker ({ config, log, metrics }: Needs) {
  const isOutage = (error: Error) => error instanceof ProviderFault && error.isOutage
  const breaker = circuitBreaker(handleWhen(isOutage).orWhenResult((result) => (result as Answer).status >= 500), {
    halfOpenAfter: config.PAYOUT_BREAKER_OPEN_MS,
    breaker: new ConsecutiveBreaker(config.PAYOUT_BREAKER_FAILURES)
  })
  breaker.onStateChange((state) => {
    metrics.circuit(state)
    log.warn({ circuit: CircuitState[state] }, 'payout circuit')
  })
  return breaker
}

function failureOf (error: unknown): Failure {
  if (isBrokenCircuitError(error)) return { outcome: 'unsent', reason: 'circuit_open' }
  const { isUnsent, reason } = faultOf(error)
  return { outcome: isUnsent ? 'unsent' : 'unknown', reason }
}

/** Payments by a provider. Neither operation repeats itself: whoever calls knows when that is safe. */
export function createPayouts (needs: Needs) {
  const { config, metrics, money, provider } = needs
  const breaker = createBreaker(needs)
  const configured = config.PAYOUT_URL !== ''
  const tell = ({ id, amount, network, address }: Payment): Told => ({ id, amount: money.format(amount), network, address })

  async function attempt (operation: Operation, told: Told, question: Question, signal: AbortSignal): Promise<PayOutcome | LookUpOutcome> {
    if (!configured) return { outcome: 'unsent', reason: 'not_configured' }
    try {
      const answer = await breaker.execute(() => provider.ask(question, signal))
      return judge(operation, answer, told)
    } catch (error) {
      return failureOf(error)
    }
  }

  return {
    /** Whether there is a provider; without one nothing is paid. */
    configured,

    /** Asks the provider to pay, once for each `id` however often it is asked. Never rejects. */
    async pay (payment: Payment, signal: AbortSignal): Promise<PayOutcome> {
      const told = tell(payment)
      const headers = { 'content-type': 'application/json', 'idempotency-key': payment.id }
      const known = await attempt('pay', told, { method: 'POST', path: '/payouts', body: JSON.stringify(told), headers }, signal) as PayOutcome // `judge` believes no answer to this to be `absent`
      metrics.asked('pay', known.outcome)
      return known
    },

    /** Asks the provider what has become of a payment; `absent` only if it says that it has never seen it. Never rejects. */
    async lookUp (payment: Payment, signal: AbortSignal): Promise<LookUpOutcome> {
      const path = `/payouts/${encodeURIComponent(payment.id)}`
      const known = await attempt('look_up', tell(payment), { method: 'GET', path, body: '', headers: {} }, signal)
      // whether the question was sent does not matter: there is no answer to it
      const outcome = known.outcome === 'unsent' ? { ...known, outcome: 'unknown' as const } : known
      metrics.asked('look_up', outcome.outcome)
      return outcome
    }
  }
}
