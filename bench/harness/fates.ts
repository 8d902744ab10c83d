import { now } from './clock.ts'

/** A request that got no whole answer, or not the one that it should have; times in ms since the epoch. */
export interface Failure {
  /** Name of the group of clients. */
  clients: string
  path: string
  beganAt: number
  endedAt: number
  reason: string
  /** Nothing came until the client gave up. */
  isUnanswered: boolean
}

/** Why a client gave up. */
export class Unanswered extends Error {}

/** Keeps what became of requests. */
export function createFates () {
  const failures: Failure[] = []
  const waits: number[] = []
  let answeredAt = now()
  let longestSilenceMs = 0

  /** However long nobody was answered, that ends now. */
  function hear (): void {
    longestSilenceMs = Math.max(longestSilenceMs, now() - answeredAt)
    answeredAt = now()
  }
  return {
    failures,
    waits,
    answer (beganAt: number): void {
      hear()
      waits.push(now() - beganAt)
    },
    fail (failure: Pick<Failure, 'clients' | 'path' | 'beganAt'>, reason: unknown): void {
      failures.push({ ...failure, endedAt: now(), reason: String(reason), isUnanswered: reason instanceof Unanswered })
    },
    /** Longest time in ms in which nobody was answered, until now. */
    silence (): number { return Math.max(longestSilenceMs, now() - answeredAt) }
  }
}
export type Fates = ReturnType<typeof createFates>
