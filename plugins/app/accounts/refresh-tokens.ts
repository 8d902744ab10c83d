import { createHash, createHmac, randomBytes } from 'node:crypto'

/** The first characters of a refresh token name its session for as long as that lives; the others change with each renewal. */
const FAMILY_LENGTH = 24
const FAMILY_BYTES = 18
const SECRET_BYTES = 32

/** What the database knows of a refresh token: hashes only, and 144 and 256 random bits need no salt. */
export interface TokenHashes {
  family_hash: string
  token_hash: string
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')
const draw = (bytes: number): string => randomBytes(bytes).toString('base64url')

/** The first token of a new session. */
export const createRefreshToken = (): string => draw(FAMILY_BYTES) + draw(SECRET_BYTES)

/** What makes the next token another one than anybody could guess, also with the one before. */
export const createSalt = (): string => draw(SECRET_BYTES)

export function hashesOf (token: string): TokenHashes {
  return { family_hash: hashOf(token.slice(0, FAMILY_LENGTH)), token_hash: hashOf(token) }
}

/** The token after `token`: who has that one and the salt gets the same again, and the database, which has no token, none. */
export function successorOf (token: string, salt: string): string {
  return token.slice(0, FAMILY_LENGTH) + createHmac('sha256', token).update(salt).digest('base64url')
}
