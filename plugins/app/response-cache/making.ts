import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Answer, Headers } from './answer.ts'
import { createRepresentations } from './representation.ts'
import type { Wanted } from './wanted.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

/** What a handler does: it returns a body for an answer 200, or throws. */
export type Handle = () => Promise<unknown>

function toText (result: unknown, reply: FastifyReply): string {
  if (typeof result === 'string') return result
  if (typeof result !== 'object' || result === null || reply.sent || reply.statusCode !== 200) throw new TypeError('A handler of answers that are kept returns the body of a 200')
  // the serializers of our routes make text
  return reply.serialize(result) as string
}

/** Takes from the reply what the handler has set; what was there before belongs to this request alone. */
function takeHeaders (reply: FastifyReply, before: Headers): Headers {
  const added: Headers = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([name, value]) => before[name] !== value))
  for (const name of Object.keys(added)) reply.removeHeader(name)
  return added
}

/** Makes answers, each once at a time however many ask for it. */
export function createMaking ({ clock }: FastifyInstance['cache']) {
  const flights = new Map<string, { since: number, answer: Promise<Answer> }>()

  async function make ({ ttlMs, staleMs }: Wanted, reply: FastifyReply, handle: Handle): Promise<Answer> {
    const since = clock.now()
    const before: Headers = reply.getHeaders()
    const body = Buffer.from(toText(await handle(), reply))
    const { 'content-type': type, etag, ...headers } = takeHeaders(reply, before)
    const madeAt = Date.now()
    return {
      representations: createRepresentations({
        body,
        contentType: typeof type === 'string' ? type : JSON_TYPE,
        etag: typeof etag === 'string' ? etag : undefined,
        headers
      }),
      madeAt,
      freshUntil: madeAt + ttlMs,
      staleUntil: madeAt + ttlMs + staleMs,
      since
    }
  }

  return {
    /** The answer that another request is making, if nothing that it depends on was invalidated since. */
    underWay ({ key, tags }: Wanted): Promise<Answer> | undefined {
      const flight = flights.get(key)
      return flight && clock.isCurrent(tags, flight.since) ? flight.answer : undefined
    },

    /** Makes an answer by the handler; what that throws is thrown to all that wait. */
    async start (wanted: Wanted, reply: FastifyReply, handle: Handle): Promise<Answer> {
      const flight = { since: clock.now(), answer: make(wanted, reply, handle) }
      flights.set(wanted.key, flight)
      try {
        return await flight.answer
      } finally {
        if (flights.get(wanted.key) === flight) flights.delete(wanted.key)
      }
    }
  }
}
