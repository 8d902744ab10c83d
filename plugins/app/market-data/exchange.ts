import { readJson } from './body.ts'
import { createDeadlines } from './deadlines.ts'
import { outcomeOf, UpstreamFault } from './faults.ts'
import type { WeightBudget } from './weight-budget.ts'

/** The only paths that are ever asked; what clients send is in the query alone. */
const PATHS = { prices: '/api/v3/ticker/price', tickers: '/api/v3/ticker/24hr', candles: '/api/v3/klines' }
export type Endpoint = keyof typeof PATHS

export interface Question {
  endpoint: Endpoint
  query: Record<string, string>
}

interface Needs {
  origin: string
  timeoutMs: number
  maxBytes: number
  budget: WeightBudget
}

/** Kind of an error of fetch, or of reading a body. */
function faultOf (error: unknown): UpstreamFault {
  if (error instanceof UpstreamFault) return error
  return new UpstreamFault(error instanceof DOMException && error.name === 'TimeoutError' ? 'timeout' : 'network', error)
}

/** One attempt at a question to the exchange: a JSON value, or an `UpstreamFault`. */
export function createExchange ({ origin, timeoutMs, maxBytes, budget }: Needs) {
  const deadlines = createDeadlines(timeoutMs)

  async function request (url: URL, signal: AbortSignal): Promise<unknown> {
    // `manual` follows nothing, as `error` does, and tells a redirect from a broken connection
    const response = await fetch(url, { redirect: 'manual', signal, headers: { accept: 'application/json' } })
    budget.note(response.status, response.headers)
    if (response.ok) return await readJson(response, maxBytes)
    await response.body?.cancel()
    throw new UpstreamFault(outcomeOf(response.status))
  }

  return {
    closed: deadlines.closed,
    close: deadlines.close,

    async ask ({ endpoint, query }: Question): Promise<unknown> {
      const url = new URL(PATHS[endpoint], origin)
      url.search = new URLSearchParams(query).toString()
      try {
        return await deadlines.run((signal) => request(url, signal))
      } catch (error) {
        throw faultOf(error)
      }
    }
  }
}
export type Exchange = ReturnType<typeof createExchange>
