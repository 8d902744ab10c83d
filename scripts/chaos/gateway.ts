import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Watch } from './watch.ts'

const OWN_HEADERS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive'])

function headersOf ({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)).map(([name, value]) => [name, String(value)]))
}

/** Between a process and a service over HTTP: shows each request that changes something there to `watch`. */
export async function startGateway (origin: string, watch: Watch) {
  const server = createServer(async (request, response) => {
    try {
      const { method = '', url = '' } = request
      const body = await buffer(request)
      const token = Symbol(url)
      if (method !== 'GET' && !await watch.enter(`${method} ${url}`, token)) return response.destroy()
      const answer = await fetch(origin + url, { method, headers: headersOf(request), ...(method !== 'GET' && { body }), redirect: 'manual' })
      const bytes = Buffer.from(await answer.arrayBuffer())
      if (!await watch.leave(token)) return response.destroy()
      return response.writeHead(answer.status, { 'content-type': String(answer.headers.get('content-type')) }).end(bytes)
    } catch {
      // neither side is told more than that its connection has ended
      return response.destroy()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close (): void {
      server.close()
      server.closeAllConnections()
    }
  }
}
