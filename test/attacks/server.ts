import { request as sendRaw } from 'node:http'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Environment } from '../../schemas/config.ts'
import { buildApp } from '../helper.ts'

export interface Attack {
  method?: string
  headers?: Record<string, string | string[]>
  body?: unknown
}

/** What an attacker sees of an answer. */
export interface Seen {
  status: number
  /** Code of the problem, or of the first GraphQL error. */
  code: string | undefined
  headers: IncomingMessage['headers']
  body: Record<string, unknown>
}

function parse (body: string): Record<string, unknown> {
  return body.startsWith('{') ? JSON.parse(body) as Record<string, unknown> : {}
}

function codeOf (body: Record<string, unknown>): string | undefined {
  const [error] = (body.errors ?? []) as { extensions?: { code?: string } }[]
  return (body.code ?? error?.extensions?.code) as string | undefined
}

/** The application, listening, and a way to send it anything by real HTTP. */
export async function startTarget (t: Test, env: Environment = {}) {
  const fastify: FastifyInstance = await buildApp(t, { env })
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })

  async function attack (url: string, { method = 'GET', headers = {}, body }: Attack = {}): Promise<Seen> {
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const type = sent === undefined ? {} : { 'content-type': 'application/json' }
    const request = sendRaw(`${origin}${url}`, { method, headers: { ...type, ...headers } }).end(sent)
    const [response] = await once(request, 'response') as [IncomingMessage]
    const answer = parse(await text(response))
    return { status: response.statusCode ?? 0, code: codeOf(answer), headers: response.headers, body: answer }
  }
  return { fastify, attack }
}
