import { UpstreamFault } from './faults.ts'

/** Reads JSON of at most `maxBytes`, counted as they arrive and decompressed, whatever the headers promise. */
export async function readJson (response: Response, maxBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  // leaving the loop closes the connection
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new UpstreamFault('too_large')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString()
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new UpstreamFault('malformed', error)
  }
}
