import { decode, type Doc } from '../bson/values.ts'

/** Reads the parts of a message one after another. @throws RangeError where the message ends too soon */
export class Reader {
  at: number
  readonly #bytes: Buffer

  constructor (bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  get left (): number {
    return this.#bytes.length - this.at
  }

  byte (): number {
    return this.#bytes.readUInt8(this.at++)
  }

  int (): number {
    this.at += 4
    return this.#bytes.readInt32LE(this.at - 4)
  }

  text (): string {
    const end = this.#bytes.indexOf(0, this.at)
    if (end === -1) throw new RangeError('unterminated string')
    const text = this.#bytes.toString('utf8', this.at, end)
    this.at = end + 1
    return text
  }

  doc (): Doc {
    const size = this.#bytes.readInt32LE(this.at)
    if (size < 5 || size > this.left) throw new RangeError(`document of ${size} bytes`)
    this.at += size
    return decode(this.#bytes.subarray(this.at - size, this.at))
  }
}
