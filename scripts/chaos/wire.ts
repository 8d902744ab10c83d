import { deserialize, type Document } from 'bson'

/** Length, request id, id of the request answered, operation: four int32; then the flags, and the kind of the first section. */
const ANSWERED_AT = 8
const OPERATION_AT = 12
const KIND_AT = 20
const OP_MSG = 2013

const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify', 'bulkWrite', 'commitTransaction', 'abortTransaction'])
/** Collections whose entries come and go as they like. */
const UNTIMELY = new Set(['cache_entries', 'slow_queries'])

export interface Command {
  id: number
  name: string
  body: Document
}

/** The command of a request; undefined for a handshake of the old form. Drivers send the body first, lists of documents after it. */
export function commandOf (frame: Buffer): Command | undefined {
  if (frame.readInt32LE(OPERATION_AT) !== OP_MSG || frame.readUInt8(KIND_AT) !== 0) return undefined
  const at = KIND_AT + 1
  const body = deserialize(frame.subarray(at, at + frame.readInt32LE(at)), { promoteBuffers: false })
  return { id: frame.readInt32LE(4), name: String(Object.keys(body)[0]), body }
}

export const answeredId = (frame: Buffer): number => frame.readInt32LE(ANSWERED_AT)

/** Whether it changes what matters. */
export const isWrite = ({ name, body }: Command): boolean => WRITES.has(name) && !UNTIMELY.has(String(body[name]))

/** A write for people: its command and its collection. */
export function titleOf ({ name, body }: Command): string {
  const subject: unknown = body[name]
  return typeof subject === 'string' ? `${name} ${subject}` : name
}
