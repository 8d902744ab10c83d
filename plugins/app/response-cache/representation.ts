import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export const ENCODINGS = ['br', 'gzip', 'identity'] as const
export type Encoding = typeof ENCODINGS[number]

/** The design note's numbers; below the threshold a body costs less to send than to compress. */
const LEVEL = 6
const THRESHOLD_BYTES = 1024

/** One form of an answer, ready to be sent. Each encoding has an entity tag of its own, so that it can be a strong one. */
export interface Representation {
  body: Buffer
  etag: string
  encoding: Encoding
}

const compressors: Record<Exclude<Encoding, 'identity'>, (body: Buffer) => Promise<Buffer>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: LEVEL, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
  gzip: (body) => promisify(gzip)(body, { level: LEVEL })
}

/**
 * The forms of one body, each made once when it is first asked for. With an entity tag of the handler's own, which says
 * more than the bytes, there is only the plain form, whose tag that is.
 */
export function createRepresentations (body: Buffer, ownEtag: string | undefined) {
  const hash = createHash('sha1').update(body).digest('base64url')
  const identity: Representation = { body, etag: ownEtag ?? `"${hash}"`, encoding: 'identity' }
  const ready = new Map<Encoding, Representation | Promise<Representation>>([['identity', identity]])
  const isCompressed = ownEtag === undefined && body.length >= THRESHOLD_BYTES

  async function compress (encoding: Exclude<Encoding, 'identity'>): Promise<Representation> {
    const made = { body: await compressors[encoding](body), etag: `"${hash}-${encoding}"`, encoding }
    ready.set(encoding, made)
    return made
  }

  return {
    /** More than all forms together take. */
    bytes: isCompressed ? 2 * body.length : body.length,

    /** The form in this encoding; at once if it is ready. */
    in (encoding: Encoding): Representation | Promise<Representation> {
      if (!isCompressed || encoding === 'identity') return identity
      const known = ready.get(encoding) ?? compress(encoding)
      ready.set(encoding, known)
      return known
    }
  }
}
export type Representations = ReturnType<typeof createRepresentations>
