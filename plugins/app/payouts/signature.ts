import { createHmac } from 'node:crypto'

interface Signed {
  method: string
  path: string
  body: string
}

/**
 * Header `sahm-signature` of a request, as Stripe signs (https://docs.stripe.com/webhooks#verify-manually): HMAC-SHA256 of
 * `timestamp.method.path.body` with the secret that both sides know; the time in seconds keeps it from being sent again later.
 */
export function signatureOf ({ method, path, body }: Signed, secret: string, timestampS: number): string {
  const mac = createHmac('sha256', secret).update(`${timestampS}.${method}.${path}.${body}`).digest('hex')
  return `t=${timestampS},v1=${mac}`
}
