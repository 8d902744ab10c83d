import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Headers } from './answer.ts'

export const ENCODINGS = ['br', 'gzip', 'identity'] as const
export type Encoding = typeof ENCODINGS[number]

/** The design note's numbers; below the threshold a body costs less to send than to compress. */
const LEVEL = 6
const THRESHOLD_BYTES = 1024

/** One form of an answer, ready to be sent; headers are lists of names and values. */
export interface Representation {
  body: Buffer
  etag: string
  /** Of a 304: those of the 200 but for what describes the body (RFC 9110 §15.4.5). */
  headers: readonly string[]
  /** Of a 200 besides. */
  bodyHeaders: readonly string[]
}

interface Form {
  body: Buffer
  etag: string
  encoding: Encoding
}

export interface Content {
  body: Buffer
  contentType: string
  /** Entity tag that the handler has set, which says more than the bytes. */
  etag: string | undefined
  /** Other headers of the answer. */
  headers: Headers
}

const compressors: Record<Exclude<Encoding, 'identity'>, (body: Buffer) => Promise<Buffer>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: LEVEL, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
  gzip: (body) => promisify(gzip)(body, { level: LEVEL })
}

/** A list of names and values, as Node.js sends it without looking at it again. */
export function toList (headers: Headers): string[] {
  return Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((item) => [name, String(item)]))
}

/**
 * The forms of one answer, each made once when it is first asked for. Each encoding has an entity tag of its own, so that
 * it can be a strong one; with a tag of the handler's there is only the plain form, whose tag that is.
 */
export function createRepresentations ({ body, contentType, etag, headers }: Content) {
  const hash = createHash('sha1').update(body).digest('base64url')
  const others = toList(headers)

  function represent ({ body, etag, encoding }: Form): Representation {
    const coding = encoding === 'identity' ? [] : ['content-encoding', encoding]
    return {
      body,
      etag,
      headers: [...others, 'etag', etag],
      bodyHeaders: ['content-type', contentType, ...coding, 'content-length', String(body.length)]
    }
  }

  const identity = represent({ body, etag: etag ?? `"${hash}"`, encoding: 'identity' })
  const ready = new Map<Encoding, Representation | Promise<Representation>>()
  const isCompressed = etag === undefined && body.length >= THRESHOLD_BYTES

  async function compress (encoding: Exclude<Encoding, 'identity'>): Promise<Representation> {
    const made = represent({ body: await compressors[encoding](body), etag: `"${hash}-${encoding}"`, encoding })
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
