import type { FastifyServerOptions } from 'fastify'

const CENSORED = '[redacted]'
const NAMES = [
  'authorization', 'cookie', 'set-cookie', 'x-api-key', 'idempotency-key', 'sahm-signature', 'PAYMENT_PROVIDERS', 'password', 'current_password', 'currentPassword',
  'password_hash', 'access_token', 'refresh_token', 'token', 'api_key', 'secret'
]

/** Secrets within text: credentials of a URL, parameters of a query, JSON web tokens. None reaches past the JSON string it is in. */
const SECRETS: [pattern: RegExp, replacement: string][] = [
  [/\/\/[^@/\s"\\]+@/g, `//${CENSORED}@`],
  [/([?&][\w-]*(?:token|password|secret|key|auth\w*)=)[^&\s"\\]*/gi, `$1${CENSORED}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, CENSORED]
]

/** A line as it may be written: messages of the driver, for one, may have the address of the database in them, with its password. */
export function conceal (line: string): string {
  return SECRETS.reduce((concealed, [pattern, replacement]) => concealed.replace(pattern, replacement), line)
}

/** How the server logs: one JSON object a line, without anything secret, wherever in it that is. */
export const logger = {
  redact: { paths: NAMES.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]), censor: CENSORED },
  hooks: { streamWrite: conceal }
} satisfies FastifyServerOptions['logger']
