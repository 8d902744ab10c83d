import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { Role } from './server.ts'
import type { World } from './world.ts'

/** An answer as its client got it. */
export interface Answer {
  status: number
  body: string
}

/** One thing that a client wants done once, however often it has to ask. */
export interface Operation {
  /** For people. */
  title: string
  /** `_id` of its idempotency key, if it has one. */
  key?: string
  request: () => { method: string, path: string, headers: Record<string, string>, body: string }
  /** What is wrong with what it has done, or not done yet. */
  faults: (answer: Answer) => Promise<string[]>
}

/** A way in which money moves. */
export interface MoneyPath {
  name: string
  /** The processes that do it. */
  roles: readonly Role[]
  prepare: (world: World, random: Random) => Promise<Operation>
  /** What was done although nobody asked for it, by all the answers that there were. */
  strays: (world: World, answers: readonly Answer[]) => Promise<string[]>
}

/** Within this time after a restart everything must be in order again, in ms. */
export const RECOVERY_MS = 30_000
const PAUSE_MS = 25

const JSON_TYPE = { 'content-type': 'application/json' }

/** Sends it once; null if no answer came, which says nothing about whether it was done. */
export async function attempt (operation: Operation, origin: string): Promise<Answer | null> {
  const { path, ...request } = operation.request()
  try {
    const response = await fetch(origin + path, { ...request, headers: { ...JSON_TYPE, ...request.headers } })
    return { status: response.status, body: await response.text() }
  } catch (error) {
    return null
  }
}

const isHeld = ({ status, body }: Answer): boolean => status === 409 && body.includes('IDEMPOTENCY_KEY_IN_USE')

/** Whether a client may stop asking. */
export const isFinal = (answer: Answer | null): answer is Answer => answer !== null && answer.status < 500 && answer.status !== 429 && !isHeld(answer)

/** Asks until there is an answer, as a client does that lost the first one. @throws Error if a server that runs gives none in time */
export async function insist (operation: Operation, world: World): Promise<Answer> {
  let last: Answer | null = null
  for (let waitedMs = 0; waitedMs < RECOVERY_MS;) {
    const { origin } = await world.api.current()
    const askedAt = performance.now()
    last = await attempt(operation, origin)
    if (isFinal(last)) return last
    if (last !== null && isHeld(last)) await world.forgetHolder(operation)
    else await delay(PAUSE_MS)
    waitedMs += performance.now() - askedAt
  }
  throw new Error(`${operation.title}: no answer within ${RECOVERY_MS} ms, the last one ${JSON.stringify(last)}`)
}

const cannotLook = (error: unknown): string[] => [`cannot be looked at: ${String(error)}`]

/** Looks until nothing is wrong, or for as long as it may be; resolves with what is still wrong. The database may be away meanwhile. */
export async function settle (look: () => Promise<string[]>, limitMs = RECOVERY_MS): Promise<string[]> {
  const until = performance.now() + limitMs
  for (;;) {
    const faults = await look().catch(cannotLook)
    if (faults.length === 0 || performance.now() > until) return faults
    await delay(PAUSE_MS)
  }
}

/** What is wrong with answers to the same request: they are the same, byte for byte. */
export function compareAnswers (answers: readonly (Answer | null)[]): string[] {
  const texts = new Set(answers.filter(isFinal).map(({ status, body }) => `${status} ${body}`))
  return texts.size <= 1 ? [] : [`answered differently: ${[...texts].join(' and ')}`]
}
