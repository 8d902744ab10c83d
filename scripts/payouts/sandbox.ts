import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { absence, fault, lieAbout, readPayment, statementOf, type Answer } from './answers.ts'
import { createDirector, readBehaviour, type Behaviour } from './behaviour.ts'
import { openBook, type Book, type Payment, type Taking } from './book.ts'
import { signatureFault } from './signature.ts'

export interface SandboxOptions {
  /** By which requests are signed. */
  secret: string
  /** Port of 127.0.0.1; a free one by default. */
  port?: number
  /** File of the book; in memory without one. */
  file?: string
  clock?: () => number
}

interface Told {
  method: string
  /** Path and query. */
  path: string
  body: string
  headers: IncomingMessage['headers']
}

/** What a request is answered, or null if its connection ends. */
type Doing = () => Promise<Answer>

function takingOf ({ mode, delay_ms: delayMs }: Behaviour, now: number): Taking {
  if (mode === 'refuse') return { status: 'refused', reason: 'The address is on a list' }
  return mode === 'pending' ? { status: 'pending', due_at: now + delayMs } : { status: 'paid' }
}

const isSame = (one: Payment, other: Payment) => (['amount', 'network', 'address'] as const).every((name) => one[name] === other[name])

/** Does things as the behaviour says; `signal` ends the waiting. */
async function perform (behaviour: Behaviour, id: string, doing: Doing, signal: AbortSignal): Promise<Answer | null> {
  const { mode, delay_ms: delayMs } = behaviour
  if (mode === 'drop-before') return null
  if (mode === 'fail-before') return fault(500, 'out of order')
  if (mode === 'busy') return { status: behaviour.status, body: { id, status: 'not_taken', reason: 'busy' } }
  if (mode === 'slow') await wait(delayMs, undefined, { signal })
  const answer = await doing()
  if (mode === 'late') await wait(delayMs, undefined, { signal })
  if (mode === 'drop-after') return null
  if (mode === 'fail-after') return fault(500, 'out of order')
  return mode === 'lie' ? lieAbout(answer, behaviour.lie) : answer
}

function createProvider (book: Book, secret: string, clock: () => number) {
  const director = createDirector()
  const closing = new AbortController()
  let requests = 0

  async function pay ({ body, headers }: Told): Promise<Answer | null> {
    const payment = readPayment(body)
    if (payment === null) return fault(400, 'no payment')
    if (headers['idempotency-key'] !== payment.id) return fault(400, 'the idempotency key is another')
    const behaviour = director.next('pay')
    return await perform(behaviour, payment.id, async () => {
      const entry = await book.take(payment, takingOf(behaviour, clock()))
      return isSame(entry, payment) ? statementOf(entry, 'pay') : fault(409, 'another payment has this id')
    }, closing.signal)
  }

  async function lookUp ({ path }: Told): Promise<Answer | null> {
    const id = decodeURIComponent(path.slice('/payouts/'.length))
    return await perform(director.next('look_up'), id, async () => {
      const entry = await book.find(id)
      return entry ? statementOf(entry, 'look_up') : absence(id)
    }, closing.signal)
  }

  async function answer (told: Told): Promise<Answer | null> {
    requests++
    const wrong = signatureFault(told.headers['sahm-signature'], told, secret, clock())
    if (wrong !== null) return fault(401, wrong)
    if (told.method === 'POST' && told.path === '/payouts') return await pay(told)
    if (told.method === 'GET' && told.path.startsWith('/payouts/')) return await lookUp(told)
    return fault(404, 'there is nothing at this URL')
  }

  function control ({ method, body }: Told): Answer {
    if (method === 'POST') {
      const told = readBehaviour(body)
      if (told === null) return fault(400, 'see scripts/payouts/behaviour.ts for what can be told')
      director.tell(told)
    }
    return { status: 200, body: { ...director.current(), requests } }
  }

  return {
    control: director.tell,
    requests: (): number => requests,
    close: (): void => { closing.abort() },

    async handle (request: IncomingMessage): Promise<Answer | null> {
      const told = { method: String(request.method), path: String(request.url), body: await text(request), headers: request.headers }
      if (told.path === '/control') return control(told)
      // without a signature, for tests and people
      if (told.method === 'GET' && told.path === '/payouts') return { status: 200, body: { data: await book.list() } }
      return await answer(told)
    }
  }
}

function send (response: ServerResponse, answer: Answer | null): void {
  if (answer === null) {
    response.destroy()
    return
  }
  const { status, body, location } = answer
  response.writeHead(status, { 'content-type': 'application/json', ...(location !== undefined && { location }) })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/**
 * Starts a payout provider that pays nothing, on 127.0.0.1. Over HTTP, `POST /control {"mode":"drop-after","times":1}` tells it how to be
 * and `GET /payouts` what it has paid; `control` and `payments` do the same in this process.
 */
export async function startPayoutSandbox ({ secret, port = 0, file, clock = Date.now }: SandboxOptions) {
  const book = await openBook(file, clock)
  const provider = createProvider(book, secret, clock)
  const server = createServer((request, response) => {
    provider.handle(request).then((answer) => { send(response, answer) }).catch(() => response.destroy())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = Object(server.address()) as { port: number }

  return {
    url: `http://127.0.0.1:${address.port}`,
    control: provider.control,
    /** How many requests have come, control messages and lists apart. */
    requests: provider.requests,
    payments: book.list,
    close: async (): Promise<void> => {
      provider.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await book.close()
    }
  }
}
export type PayoutSandbox = Awaited<ReturnType<typeof startPayoutSandbox>>
