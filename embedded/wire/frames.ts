import { MAX_MESSAGE_BYTES } from '../commands/handshake.ts'

/** Length, request id, id of the request answered, operation: four int32. */
export const HEADER_BYTES = 16

/** The length of the message that begins here, or of its header if that is not there yet. */
function lengthOf (bytes: Buffer): number {
  if (bytes.length < HEADER_BYTES) return HEADER_BYTES
  const length = bytes.readInt32LE(0)
  if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) throw new RangeError(`message of ${length} bytes`)
  return length
}

/** The messages of a connection. @throws RangeError at the first length that cannot be one */
export async function * frames (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pending: Uint8Array[] = []
  let size = 0
  let wanted = HEADER_BYTES
  for await (const chunk of chunks) {
    pending.push(chunk)
    size += chunk.length
    // put together only once it is complete
    if (size < wanted) continue
    let bytes = Buffer.concat(pending)
    for (wanted = lengthOf(bytes); bytes.length >= wanted; wanted = lengthOf(bytes)) {
      yield bytes.subarray(0, wanted)
      bytes = bytes.subarray(wanted)
    }
    pending = [bytes]
    size = bytes.length
  }
}
