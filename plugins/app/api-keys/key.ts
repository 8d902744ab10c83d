import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** By this secret scanners find leaked keys; the checksum at the end tells them from other text that looks like it. */
const MARK = 'sahm_'
const SECRET_BYTES = 32
const CHECKSUM_LENGTH = 6
/** 30 of the 256 random bits: enough for people to know a key again. */
const PREFIX_LENGTH = MARK.length + 5
const FORM = /^sahm_[\w-]{49}$/

function checksumOf (text: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(text))
  return bytes.toString('base64url')
}

export function createKey (): string {
  const text = MARK + randomBytes(SECRET_BYTES).toString('base64url')
  return text + checksumOf(text)
}

/** Whether a text is one that could be a key: nobody need be asked about others. */
export function isKey (text: string): boolean {
  return FORM.test(text) && checksumOf(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH)
}

/** What is stored: 256 random bits need no salt. */
export const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64url')

export const prefixOf = (key: string): string => key.slice(0, PREFIX_LENGTH)
