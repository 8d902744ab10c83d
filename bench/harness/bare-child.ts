import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import Fastify from 'fastify'

/*
 * What the platform itself costs, for comparison: `fastify`, a bare Fastify route that sends a ready buffer of 8 KB;
 * `http`, a bare `node:http` that makes 1 KB by `JSON.stringify`. Both count as our server does, for `scrape.ts`.
 */
const READY = Buffer.from(JSON.stringify({ data: 'x'.repeat(8192 - 11) }))
const THING = { data: 'x'.repeat(1024 - 11) }
const US_PER_S = 1e6

let requests = 0

function metrics (): string {
  const { user, system } = process.cpuUsage()
  return [
    `process_cpu_seconds_total ${(user + system) / US_PER_S}`,
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    'db_commands_total 0',
    `http_request_duration_seconds_count ${requests++}`,
    ''
  ].join('\n')
}

async function startFastify (): Promise<string> {
  const fastify = Fastify()
  fastify.get('/metrics', async () => metrics())
  fastify.get('/*', (_request, reply) => {
    requests++
    reply.header('content-type', 'application/json; charset=utf-8').send(READY)
  })
  return await fastify.listen({ host: '127.0.0.1', port: 0 })
}

async function startHttp (): Promise<string> {
  const answer: RequestListener = ({ url }, response) => {
    if (url === '/metrics') {
      response.end(metrics())
      return
    }
    requests++
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.end(JSON.stringify(THING))
  }
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

process.once('disconnect', () => process.exit())
process.send?.(await (process.env.BARE === 'http' ? startHttp() : startFastify()))
