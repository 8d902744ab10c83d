import { createHmac } from 'node:crypto'

const MS_PER_S = 1000

/** `sahm-signature` of a body as a provider makes it, with one HMAC for each secret; by default as of now. */
export function signCallback (body: string | Buffer, secrets: readonly string[], timestamp = Math.floor(Date.now() / MS_PER_S)): string {
  const digests = secrets.map((secret) => createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex'))
  return [`t=${timestamp}`, ...digests.map((digest) => `v1=${digest}`)].join()
}
