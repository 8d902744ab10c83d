import { randomBytes } from 'node:crypto'
import argon2, { type HashOptions } from 'argon2'
import { createGate } from './gate.ts'

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane. */
const OPTIONS: HashOptions = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Half of libuv's threads, so that sign-ins never keep files and look-ups of names waiting. */
const MAX_RUNNING = 2
/** About two seconds of work. */
const MAX_WAITING = 100

/**
 * Hashes and verifies passwords, a bounded number at a time; `refuse` makes the error of a call beyond what may wait.
 */
export function createPasswordHasher (refuse: () => Error) {
  const gate = createGate(MAX_RUNNING, MAX_WAITING, refuse)
  const hash = (password: string): Promise<string> => gate(() => argon2.hash(password, OPTIONS))
  // costs what the hash of a user costs
  const decoy = hash(randomBytes(16).toString('hex'))

  return {
    hash,

    /** Whether the password belongs to the hash; without a hash the same work, for nothing, so that time tells nothing. */
    async verify (passwordHash: string | undefined, password: string): Promise<boolean> {
      const compared = passwordHash ?? await decoy
      const matches = await gate(() => argon2.verify(compared, password))
      return matches && passwordHash !== undefined
    }
  }
}

export type PasswordHasher = ReturnType<typeof createPasswordHasher>
