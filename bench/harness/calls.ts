import type { CallVariant } from './claim.ts'

export type CallTurn = {
  ns_per_call: number
}

const CALLS = 200_000
const NS_PER_MS = 1e6

async function takeTurn ({ call }: CallVariant): Promise<CallTurn> {
  const started = performance.now()
  for (let n = 0; n < CALLS; n++) {
    const result = call()
    if (result instanceof Promise) await result
  }
  return { ns_per_call: (performance.now() - started) * NS_PER_MS / CALLS }
}

/** Calls both functions in turns, after one unmeasured turn of each. */
export async function callInTurns ([a, b]: readonly [CallVariant, CallVariant], rounds: number): Promise<[CallTurn[], CallTurn[]]> {
  const turns: [CallTurn[], CallTurn[]] = [[], []]
  for (const variant of [a, b]) await takeTurn(variant)
  for (let round = 0; round < rounds; round++) {
    turns[0].push(await takeTurn(a))
    turns[1].push(await takeTurn(b))
  }
  return turns
}
