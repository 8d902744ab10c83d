import type { IncomingHttpHeaders } from 'node:http'
import negotiator from '@fastify/accept-negotiator'
import { ENCODINGS, type Encoding } from './representation.ts'

/** Headers of which the result is remembered: working it out costs more than sending an answer. */
const MAX_KNOWN = 100
const known = new Map<string, Encoding>()

/** The encoding that the client likes best, of equals the smallest; plain for one that asks for `x-no-compression`. */
export function negotiateEncoding (headers: IncomingHttpHeaders): Encoding {
  const header = headers['accept-encoding']
  if (header === undefined || headers['x-no-compression'] !== undefined) return 'identity'
  let encoding = known.get(header)
  if (encoding === undefined) {
    encoding = negotiator.negotiate(header, [...ENCODINGS]) ?? 'identity'
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(header, encoding)
  }
  return encoding
}
