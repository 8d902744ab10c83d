import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { ANSWERS, Refusal } from './answers.ts'
import { DEFAULTS, readBehaviour, type Behaviour } from './behaviour.ts'
import { lieAbout } from './lies.ts'
import { createPairs } from './pairs.ts'

const MINUTE_MS = 60_000
const DEFAULT_SEED = 0x5a4d

export interface SimulatorOptions {
  /** Port of 127.0.0.1; a free one by default. */
  port?: number
  /** The same seed and time give the same prices. */
  seed?: number
  clock?: () => number
}

/** Weight of the requests of the present minute. */
function createWeights (clock: () => number) {
  let minute = 0
  let used = 0
  return function use (weight: number): number {
    const now = Math.floor(clock() / MINUTE_MS)
    if (now !== minute) used = 0
    minute = now
    used += weight
    return used
  }
}

function send (response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** An exchange with the market part of Binance's REST API that does as it is told. */
function createSimulator (seed: number, clock: () => number) {
  const pairs = createPairs(seed)
  const use = createWeights(clock)
  let behaviour = DEFAULTS
  let requests = 0

  function answer (url: URL, response: ServerResponse): void {
    const find = ANSWERS[url.pathname]
    if (find === undefined) { send(response, 404, { code: -1, msg: 'There is nothing at this URL' }); return }
    try {
      const { weight, body } = find(url.searchParams, pairs, clock())
      response.setHeader('x-mbx-used-weight-1m', use(weight))
      if (behaviour.mode === 'lie' && behaviour.lie === 'redirect') response.writeHead(302, { location: behaviour.location }).end()
      else send(response, 200, behaviour.mode === 'lie' ? lieAbout(body, behaviour.lie) : body)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      send(response, 400, { code: error.code, msg: error.message })
    }
  }

  const BY_MODE: Record<Behaviour['mode'], (url: URL, response: ServerResponse) => void> = {
    ok: answer,
    lie: answer,
    slow (url, response) {
      const timer = setTimeout(() => { answer(url, response) }, behaviour.delay_ms)
      response.on('close', () => { clearTimeout(timer) })
    },
    fail (_url, response) { send(response, behaviour.status, { code: -1000, msg: 'An unknown error occurred' }) },
    limit (_url, response) {
      response.setHeader('retry-after', behaviour.retry_after_s)
      send(response, 429, { code: -1003, msg: 'Too much request weight used' })
    }
  }

  return {
    control: (changes: Partial<Behaviour>): void => { behaviour = { ...DEFAULTS, ...changes } },
    requests: (): number => requests,

    handle: async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const url = new URL(String(request.url), 'http://127.0.0.1')
      if (url.pathname !== '/control') {
        requests++
        BY_MODE[behaviour.mode](url, response)
        return
      }
      const told = request.method === 'POST' ? readBehaviour(await text(request)) : behaviour
      if (told === null) { send(response, 400, { code: -1100, msg: 'See scripts/market/behaviour.ts for what can be told' }); return }
      behaviour = told
      send(response, 200, { ...behaviour, requests })
    }
  }
}

/**
 * Starts the simulated exchange on 127.0.0.1. Over HTTP, `POST /control {"mode":"slow","delay_ms":3000}` tells it how
 * to be and `GET /control` what it is; `control` does the same in this process.
 */
export async function startMarketSimulator ({ port = 0, seed = DEFAULT_SEED, clock = Date.now }: SimulatorOptions = {}) {
  const { control, handle, requests } = createSimulator(seed, clock)
  const server = createServer((request, response) => { handle(request, response).catch(() => response.destroy()) })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = Object(server.address()) as { port: number }

  return {
    url: `http://127.0.0.1:${address.port}`,
    control,
    /** How many requests for market data have come. */
    requests,
    close: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
export type MarketSimulator = Awaited<ReturnType<typeof startMarketSimulator>>
