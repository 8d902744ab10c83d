import { once } from 'node:events'
import { Agent, request as httpRequest, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

export interface Shot {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string | object
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** As it came, which may be compressed. */
  body: string
}

const MAX_WAIT_MS = 30_000
const MAX_KEPT = 64
/** One of so many requests comes on a connection of its own. */
const NEW_CONNECTION_EVERY = 5

/** Sends requests over connections that are kept, and over new ones now and then. */
export function createClient (origin: string) {
  const { port, hostname: host } = new URL(origin)
  const kept = new Agent({ keepAlive: true, maxSockets: MAX_KEPT, maxFreeSockets: MAX_KEPT })
  let count = 0

  function begin ({ method = 'GET', path, headers = {}, body }: Shot): ClientRequest {
    const agent = count++ % NEW_CONNECTION_EVERY === 0 ? false : kept
    const bytes = typeof body === 'object' ? JSON.stringify(body) : body
    const request = httpRequest({ agent, host, port, method, path, headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }, signal: AbortSignal.timeout(MAX_WAIT_MS) })
    request.end(bytes)
    return request
  }

  return {
    async send (shot: Shot): Promise<Answer> {
      const [response] = await once(begin(shot), 'response') as [IncomingMessage]
      return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
    },

    /** Goes away after a time, in ms, whether or not the answer has begun or ended. */
    async leave (shot: Shot, afterMs: number): Promise<void> {
      const request = begin({ ...shot })
      // it is cut off on purpose
      request.on('error', () => {})
      request.on('response', (response) => { response.on('error', () => {}).resume() })
      await delay(afterMs)
      request.destroy()
    },

    /** Sends bytes that may be anything and reads until the server ends the connection. */
    async sendBytes (bytes: string): Promise<number> {
      const socket = connect(Number(port), host)
      socket.setTimeout(MAX_WAIT_MS, () => { socket.destroy(new Error('The server left a broken request without an answer')) })
      socket.end(bytes)
      return Number(/^HTTP\/1\.1 (\d{3})/.exec(await text(socket))?.[1] ?? 0)
    },

    count: (): number => count,
    close (): void { kept.destroy() }
  }
}
export type Client = ReturnType<typeof createClient>
