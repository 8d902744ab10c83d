import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ageHeaders, type Answer, type Headers, type Outcome } from './answer.ts'
import { negotiateEncoding } from './negotiation.ts'
import { toList, type Representation } from './representation.ts'

export interface Sent {
  answer: Answer
  outcome: Outcome
  cacheControl: string
  vary: string
}

/** What the answer says itself. */
const OWN = ['vary', 'cache-control']

/** Headers that others have set for this request. */
function foreignHeaders (reply: FastifyReply): string[] {
  const headers: Headers = reply.getHeaders()
  for (const name of OWN) Reflect.deleteProperty(headers, name)
  return toList(headers)
}

/** Sends kept answers past all hooks that would serialize, tag or compress them again; those of the end of the answer run. */
export function createSender ({ etagMatches }: Pick<FastifyInstance, 'etagMatches'>) {
  function write (request: FastifyRequest, reply: FastifyReply, sent: Sent, { body, bodyHeaders, etag, headers }: Representation): void {
    const { raw } = reply
    const list = [...foreignHeaders(reply), ...headers, 'vary', sent.vary, 'cache-control', sent.cacheControl, ...ageHeaders(sent.answer, sent.outcome)]
    reply.hijack()
    if (etagMatches(request.headers['if-none-match'], etag)) {
      raw.writeHead(304, list).end()
      return
    }
    raw.writeHead(200, list.concat(bodyHeaders)).end(request.method === 'HEAD' ? undefined : body)
  }

  /** Sends at once if the answer is ready in the encoding that the client likes best, else resolves when it is sent. */
  return function send (request: FastifyRequest, reply: FastifyReply, sent: Sent): Promise<void> | undefined {
    const form = sent.answer.representations.in(negotiateEncoding(request.headers))
    if (form instanceof Promise) return form.then((representation) => { write(request, reply, sent, representation) })
    write(request, reply, sent, form)
    return undefined
  }
}
