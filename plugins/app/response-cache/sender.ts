import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { headersOf, type Answer, type Headers, type Outcome } from './answer.ts'
import { negotiateEncoding } from './negotiation.ts'
import type { Representation } from './representation.ts'

/** Headers of a 304 are those of the 200 but for what describes the body (RFC 9110 §15.4.5). */
const BODY_HEADERS = ['content-type', 'content-encoding', 'content-length'] as const

export interface Sent {
  answer: Answer
  outcome: Outcome
  cacheControl: string
}

/** Sends kept answers past all hooks that would serialize, tag or compress them again; those of the end of the answer run. */
export function createSender ({ etagMatches }: Pick<FastifyInstance, 'etagMatches'>) {
  function write ({ headers, method }: FastifyRequest, { raw }: FastifyReply, sent: Headers, { body, etag }: Representation): void {
    if (etagMatches(headers['if-none-match'], etag)) {
      for (const name of BODY_HEADERS) Reflect.deleteProperty(sent, name)
      raw.writeHead(304, sent).end()
      return
    }
    sent['content-length'] = body.length
    raw.writeHead(200, sent).end(method === 'HEAD' ? undefined : body)
  }

  return async function send (request: FastifyRequest, reply: FastifyReply, { answer, outcome, cacheControl }: Sent): Promise<void> {
    const form = answer.representations.in(negotiateEncoding(request.headers))
    const representation = form instanceof Promise ? await form : form
    const headers: Headers = { ...reply.getHeaders(), ...headersOf(answer, representation, outcome), 'cache-control': cacheControl }
    reply.hijack()
    write(request, reply, headers, representation)
  }
}
