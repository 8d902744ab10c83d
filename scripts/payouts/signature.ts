import { createHmac, timingSafeEqual } from 'node:crypto'

const HEADER = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/
/** How far the clocks of both sides may be apart, and how long a request that somebody has heard can be sent again. */
const TOLERANCE_S = 300
const MS_PER_S = 1000

interface Signed {
  method: string
  path: string
  body: string
}

/** What is wrong with the header `sahm-signature` of a request; null if it is good. */
export function signatureFault (header: unknown, { method, path, body }: Signed, secret: string, now: number): string | null {
  const [, time, given] = HEADER.exec(String(header)) ?? []
  if (time === undefined || given === undefined) return 'The signature is missing or malformed'
  const wanted = createHmac('sha256', secret).update(`${time}.${method}.${path}.${body}`).digest()
  if (!timingSafeEqual(wanted, Buffer.from(given, 'hex'))) return 'The signature is wrong'
  return Math.abs(now / MS_PER_S - Number(time)) > TOLERANCE_S ? 'The signature is too old, or of the future' : null
}
