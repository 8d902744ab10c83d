import { createDeadlines } from './deadlines.ts'
import { faultOf, ProviderFault } from './faults.ts'
import { signatureOf } from './signature.ts'

/** A statement has less than 1 KiB. */
const MAX_BYTES = 16_384
const MS_PER_S = 1000

export interface Question {
  method: 'GET' | 'POST'
  path: string
  /** JSON text; empty for none. */
  body: string
  headers: Record<string, string>
}

export interface Answer {
  status: number
  /** A JSON value. */
  body: unknown
}

interface Needs {
  origin: string
  secret: string
  timeoutMs: number
  now: () => number
}

/** Reads JSON of at most `MAX_BYTES`, counted as they arrive and decompressed, whatever the headers promise. */
async function readJson (response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  // leaving the loop closes the connection
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BYTES) throw new ProviderFault('too_large')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown
  } catch (error) {
    throw new ProviderFault('malformed', { cause: error })
  }
}

/** One attempt at a signed request to the provider: an answer, or a `ProviderFault`. Connections are kept by `fetch`. */
export function createProvider ({ origin, secret, timeoutMs, now }: Needs) {
  const deadlines = createDeadlines(timeoutMs)

  async function request ({ method, path, body, headers }: Question, signal: AbortSignal): Promise<Answer> {
    const signature = signatureOf({ method, path, body }, secret, Math.floor(now() / MS_PER_S))
    const response = await fetch(new URL(path, origin), {
      method,
      // a redirect is an answer like any other, and followed nowhere
      redirect: 'manual',
      signal,
      headers: { accept: 'application/json', 'sahm-signature': signature, ...headers },
      ...(body !== '' && { body })
    })
    return { status: response.status, body: await readJson(response) }
  }

  return {
    close: deadlines.close,

    async ask (question: Question, signal: AbortSignal): Promise<Answer> {
      try {
        return await deadlines.run(signal, (ending) => request(question, ending))
      } catch (error) {
        throw faultOf(error)
      }
    }
  }
}
export type Provider = ReturnType<typeof createProvider>
