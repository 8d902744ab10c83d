import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../../../schemas/config.ts'
import { ageHeaders, type Headers, type Sent } from './answer.ts'
import { negotiateEncoding } from './negotiation.ts'
import { toList, type Representation } from './representation.ts'
import type { Wanted } from './wanted.ts'

/** What the answer says itself. */
const OWN = ['vary', 'cache-control']

/** Headers that others have set for this request, as a list of names and values; `except` for those of these names. */
export function foreignHeaders (reply: FastifyReply, except: readonly string[] = []): string[] {
  const headers: Headers = reply.getHeaders()
  for (const name of [...OWN, ...except]) Reflect.deleteProperty(headers, name)
  return toList(headers)
}

/** `Vary` of an answer: where some origins may read it, a cache must not give one that was sent to another (Fetch, CORS and caches). */
export function varyOf ({ vary }: Wanted, { CORS_ORIGINS: origins }: Config): string {
  return origins === '' ? vary : `${vary}, Origin`
}

/** Headers of a 304 and of a 200, as lists of names and values. */
export interface Heads {
  304: string[]
  200: string[]
}

/** Headers of an answer in one of its forms, now. */
export function headsOf ({ answer, outcome, cacheControl, vary, foreign }: Sent, { headers, bodyHeaders }: Representation): Heads {
  const list = [...foreign, ...headers, 'vary', vary, 'cache-control', cacheControl, ...ageHeaders(answer, outcome)]
  return { 304: list, 200: [...list, ...bodyHeaders] }
}

/** Writes kept answers to the socket, past all that would serialize, tag or compress them again. */
export function createWriter ({ etagMatches }: Pick<FastifyInstance, 'etagMatches'>) {
  return function write (request: IncomingMessage, response: ServerResponse, heads: Heads, { body, etag }: Representation): void {
    if (etagMatches(request.headers['if-none-match'], etag)) response.writeHead(304, heads[304]).end()
    else response.writeHead(200, heads[200]).end(request.method === 'HEAD' ? undefined : body)
  }
}

/** Sends kept answers from within the framework: the hooks at the end of an answer run, those on its body do not. */
export function createSender (write: ReturnType<typeof createWriter>) {
  /** Sends at once if the answer is ready in the encoding that the client likes best, else resolves when it is sent. */
  return function send (request: FastifyRequest, reply: FastifyReply, sent: Omit<Sent, 'foreign'>): Promise<void> | undefined {
    function finish (form: Representation): void {
      const foreign = foreignHeaders(reply)
      reply.hijack()
      write(request.raw, reply.raw, headsOf({ ...sent, foreign }, form), form)
    }
    const form = sent.answer.representations.in(negotiateEncoding(request.headers))
    if (form instanceof Promise) return form.then(finish)
    finish(form)
    return undefined
  }
}
