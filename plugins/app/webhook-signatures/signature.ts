import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a signature header says: when the sender signed, in seconds since 1970, and one HMAC for each of its secrets. */
export interface Signature {
  timestamp: string
  digests: Buffer[]
}

/** At most five, each a SHA-256; what is longer is not read at all. */
const HEADER = /^t=(\d{1,12})((?:,v1=[0-9a-f]{64}){1,5})$/

/** Reads `t=<seconds>,v1=<hexadecimal>`, with more of `v1` while the sender replaces a secret; null for anything else. */
export function readSignature (header: unknown): Signature | null {
  if (typeof header !== 'string') return null
  const [, timestamp = '', digests = ''] = HEADER.exec(header) ?? []
  if (timestamp === '') return null
  return { timestamp, digests: digests.split(',v1=').slice(1).map((digest) => Buffer.from(digest, 'hex')) }
}

/** Whether one of the secrets has signed the time and the body, byte for byte; takes the same time for all digests. */
export function isSignedBy (secrets: readonly string[], { timestamp, digests }: Signature, body: Buffer): boolean {
  const expected = secrets.map((secret) => createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest())
  return expected.flatMap((right) => digests.map((digest) => timingSafeEqual(right, digest))).includes(true)
}
