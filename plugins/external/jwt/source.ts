import { readFile } from 'node:fs/promises'

const TIMEOUT_MS = 5000
const MAX_BYTES = 262_144

async function fetchText (url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!response.ok) throw new Error(`answered ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  // leaving the loop closes the connection
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BYTES) throw new Error(`is longer than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** The text of a file or, bounded in time and size, of a URL. */
export function readSource (source: string): Promise<string> {
  return URL.canParse(source) ? fetchText(source) : readFile(source, 'utf8')
}
