import { Agent, request, type AgentOptions, type ClientRequestArgs, type IncomingMessage } from 'node:http'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import type { LoadRequest } from '../harness/claim.ts'

/** What became of a request: an answer, or why there is none. */
export type Outcome = { status: number, cacheStatus: string | undefined, etag: string | undefined, body: string } | { failure: string }

/** Whatever happened to the connections of all users. */
export interface Connections {
  /** Open now. */
  open: number
  /** Opened in all, the first of each user and those after it. */
  opened: number
  /** Attempts that failed: refused, or not taken in time. */
  notOpened: number
  /** Closed by the server in earnest: between two requests. */
  closedByServer: number
  /** Closed by the client: idle for as long as the server keeps one, or after an answer that is none. */
  closedByClient: number
  /** Broken off by either side: with a request under way, or reset. */
  broken: number
}

/** Longest time for which an idle connection is kept; without one Node.js does not heed a shorter one that the server's `Keep-Alive` says. */
const IDLE_MS = 600_000

interface UserOptions extends ClientRequestArgs {
  user: number
}

const FAILURES: Partial<Record<string, string>> = { ECONNREFUSED: 'connection refused', ECONNRESET: 'connection reset', ETIMEDOUT: 'connection timed out', EPIPE: 'connection reset' }

function nameFailure (error: NodeJS.ErrnoException): string {
  // Node.js has one code for both
  if (error.message === 'socket hang up') return 'closed unanswered'
  return FAILURES[String(error.code)] ?? String(error.code)
}

/** Keeps a connection of its own for each user, on which requests follow each other; Node.js closes it when the server's `Keep-Alive` says so. */
class UserAgent extends Agent {
  readonly connections: Connections = { open: 0, opened: 0, notOpened: 0, closedByServer: 0, closedByClient: 0, broken: 0 }
  readonly #isBusy: (user: number) => boolean

  constructor (isBusy: (user: number) => boolean, options: AgentOptions) {
    super(options)
    this.#isBusy = isBusy
  }

  override getName (options?: ClientRequestArgs): string {
    return String((options as UserOptions).user)
  }

  override createConnection (options: ClientRequestArgs): Socket {
    const { connections } = this
    const { user } = options as UserOptions
    const socket = connect({ ...options as NetConnectOpts, noDelay: true })
    let isOpen = false
    let hasEnded = false
    let wasBusy = false
    socket.once('connect', () => {
      isOpen = true
      connections.open += 1
      connections.opened += 1
    })
    socket.once('end', () => {
      hasEnded = true
      // Node.js ends the request before the connection is closed
      wasBusy = this.#isBusy(user)
    })
    socket.once('close', (hadError: boolean) => {
      if (isOpen) connections.open -= 1
      connections[this.#fateOf({ isOpen, isBroken: hadError || wasBusy || this.#isBusy(user), hasEnded })] += 1
    })
    return socket
  }

  #fateOf ({ isOpen, isBroken, hasEnded }: { isOpen: boolean, isBroken: boolean, hasEnded: boolean }) {
    if (!isOpen) return 'notOpened'
    if (isBroken) return 'broken'
    return hasEnded ? 'closedByServer' : 'closedByClient'
  }
}

function readAnswer (response: IncomingMessage, needsBody: boolean, settle: (outcome: Outcome) => void): void {
  const chunks: Buffer[] = []
  const { headers, statusCode: status = 0 } = response
  if (needsBody) response.on('data', (chunk: Buffer) => { chunks.push(chunk) })
  else response.resume()
  response.once('end', () => {
    settle({ status, cacheStatus: headers['cache-status'] as string | undefined, etag: headers.etag, body: Buffer.concat(chunks).toString() })
  })
  response.on('error', () => { settle({ failure: 'answer broken off' }) })
}

/** Connections to a server, one for each user, opened by its first request. */
export function createWire (origin: string) {
  const { hostname, port, host } = new URL(origin)
  /** Requests that wait for their answer, each with what ends it. */
  const waiting = new Map<number, Set<(outcome: Outcome) => void>>()
  const agent = new UserAgent((user) => waiting.has(user), { keepAlive: true, maxSockets: 1, timeout: IDLE_MS })

  return {
    connections: agent.connections,

    /** Sends a request as a user; `onOutcome` is called once. Requests of one user follow each other. */
    ask (user: number, { method, path, headers = {}, body = '' }: LoadRequest, onOutcome: (outcome: Outcome) => void, needsBody = false): void {
      const own = waiting.get(user) ?? new Set()
      waiting.set(user, own)
      function settle (outcome: Outcome): void {
        if (!own.delete(settle)) return
        if (own.size === 0 && waiting.get(user) === own) waiting.delete(user)
        onOutcome(outcome)
      }
      own.add(settle)
      const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
      const options: UserOptions = { agent, user, host: hostname, port, method, path, headers: { host, ...headers, ...length } }
      const sent = request(options)
      sent.once('response', (response) => { readAnswer(response, needsBody, settle) })
      sent.on('error', (error) => { settle({ failure: nameFailure(error) }) })
      sent.end(body)
    },

    /** Number of requests without an answer. */
    waits: (): number => waiting.size,

    /** What waits for its answer has failed, whatever comes later. */
    giveUp (): void {
      for (const own of [...waiting.values()]) for (const settle of [...own]) settle({ failure: 'never answered' })
    },

    /** Closes every connection. */
    leave (): void { agent.destroy() }
  }
}
export type Wire = ReturnType<typeof createWire>
