import { once } from 'node:events'
import { connect as dial, type Socket } from 'node:net'
import { BSON, type Document } from 'mongodb'

export const OP_MSG = 2013
export const OP_QUERY = 2004

export function frame (operation: number, body: Uint8Array, length = 16 + body.length): Buffer {
  const header = Buffer.alloc(16)
  for (const [i, value] of [length, 42, 0, operation].entries()) header.writeInt32LE(value, 4 * i)
  return Buffer.concat([header, body])
}

export const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

export const body = (doc: Document): Buffer => Buffer.concat([Buffer.from([0]), BSON.serialize(doc)])
export const list = (name: string, docs: Document[], extra = 0): Buffer => {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...docs.map((doc) => BSON.serialize(doc))])
  return Buffer.concat([Buffer.from([1]), int(content.length + 4 + extra), content])
}
export const message = (flags: number, ...parts: Uint8Array[]): Buffer => frame(OP_MSG, Buffer.concat([int(flags), ...parts]))
export const ping = message(0, body({ ping: 1, $db: 'test' }))

/** A bare connection: what is written to it, and the replies that come back until it closes. */
export class Raw {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  #bytes = Buffer.alloc(0)

  constructor (uri: string) {
    this.socket = dial(Number(new URL(uri).port), '127.0.0.1')
    this.socket.on('data', (chunk: Buffer) => { this.#bytes = Buffer.concat([this.#bytes, chunk]); this.socket.emit('more') })
    this.socket.on('error', () => {})
    this.closed = once(this.socket, 'close')
  }

  async reply (offset = 21): Promise<Document> {
    while (this.#bytes.length < 16 || this.#bytes.length < this.#bytes.readInt32LE(0)) await once(this.socket, 'more')
    const length = this.#bytes.readInt32LE(0)
    const doc = BSON.deserialize(this.#bytes.subarray(offset, length))
    this.#bytes = this.#bytes.subarray(length)
    return doc
  }

  async ask (bytes: Buffer, offset?: number): Promise<Document> {
    this.socket.write(bytes)
    return this.reply(offset)
  }

  /** A command just as it is, with whatever session it names. */
  async command (doc: Document): Promise<Document> {
    return this.ask(message(0, body({ ...doc, $db: 'test' })))
  }
}
