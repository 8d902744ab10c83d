import { serialize } from 'bson'
import { isDoc, type Doc } from '../bson/values.ts'
import { HEADER_BYTES } from './frames.ts'
import { Reader } from './reader.ts'

const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013

const CHECKSUM_PRESENT = 1
const MORE_TO_COME = 2
/** A reader must understand the first 16 flags, of which these two exist. */
const UNKNOWN_FLAGS = 0xffff & ~(CHECKSUM_PRESENT | MORE_TO_COME)
const CHECKSUM_BYTES = 4

/** `legacy` asks for an answer of the old form, which only handshakes use. */
export interface Message { command: Doc, legacy: boolean, wantsReply: boolean }

/** A list of documents that belongs to the command. */
function sequence (reader: Reader): [string, Doc[]] {
  const end = reader.at + reader.int()
  const name = reader.text()
  const docs: Doc[] = []
  while (reader.at < end) docs.push(reader.doc())
  if (reader.at !== end) throw new RangeError('document sequence of another size than it says')
  return [name, docs]
}

function modern (frame: Buffer): Message {
  const flags = frame.readUInt32LE(HEADER_BYTES)
  if (flags & UNKNOWN_FLAGS) throw new RangeError(`unknown flags ${flags}`)
  const reader = new Reader(flags & CHECKSUM_PRESENT ? frame.subarray(0, -CHECKSUM_BYTES) : frame, HEADER_BYTES + 4)
  const sequences: [string, Doc[]][] = []
  let command: Doc | undefined
  while (reader.left > 0) {
    const kind = reader.byte()
    if (kind === 1) sequences.push(sequence(reader))
    else if (kind === 0 && !command) command = reader.doc()
    else throw new RangeError('a message has one body, and lists of documents')
  }
  if (!command) throw new RangeError('a message without a body')
  return { command: Object.assign(command, Object.fromEntries(sequences)), legacy: false, wantsReply: !(flags & MORE_TO_COME) }
}

function legacy (frame: Buffer): Message {
  const reader = new Reader(frame, HEADER_BYTES + 4)
  const [db] = reader.text().split('.')
  reader.at += 8 // numbers to skip and to return
  const query = reader.doc()
  const command = isDoc(query.$query) ? query.$query : query
  return { command: { ...command, $db: db }, legacy: true, wantsReply: true }
}

export const requestId = (frame: Buffer): number => frame.readInt32LE(4)

/** @throws RangeError, or an error of BSON, for whatever is not a request */
export function parse (frame: Buffer): Message {
  switch (frame.readInt32LE(12)) {
    case OP_MSG: return modern(frame)
    case OP_QUERY: return legacy(frame)
    default: throw new RangeError('unknown operation')
  }
}

/** OP_MSG: flags and the kind of its one section; OP_REPLY: flags, cursor, offset, count of documents. */
const PREAMBLES = new Map([[OP_MSG, Buffer.alloc(5)], [OP_REPLY, Buffer.from([8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])]])

export function answer (reply: Doc, to: number, legacy: boolean): Buffer {
  const operation = legacy ? OP_REPLY : OP_MSG
  const body = Buffer.concat([PREAMBLES.get(operation)!, serialize(reply, { ignoreUndefined: true })])
  const header = Buffer.alloc(HEADER_BYTES)
  for (const [i, value] of [HEADER_BYTES + body.length, 0, to, operation].entries()) header.writeInt32LE(value, 4 * i)
  return Buffer.concat([header, body])
}
