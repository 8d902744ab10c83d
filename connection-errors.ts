import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'

/** Codes of Node.js for what is wrong beyond the syntax, with the status of each. */
const STATUSES: Partial<Record<string, [status: number, code: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'REQUEST_TIMEOUT'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'PAYLOAD_TOO_LARGE'],
  HPE_HEADER_OVERFLOW: [431, 'HEADERS_TOO_LARGE']
}

/**
 * Answers what never became a request (malformed, too large, too slow) with problem details, and ends the connection:
 * where the next request on it would begin is not known (RFC 9112 §11.2).
 */
export function answerConnectionError ({ code }: ConnectionError, socket: Socket): void {
  // a client that has gone hears nothing
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, name] = STATUSES[code] ?? [400, 'BAD_REQUEST']
  const title = STATUS_CODES[status]
  const body = JSON.stringify({ type: 'about:blank', title, status, code: name })
  const head = `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`
  socket.write(head + body, () => { socket.destroy() })
}
