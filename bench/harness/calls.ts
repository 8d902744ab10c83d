import type { CallVariant } from './claim.ts'

export type CallTurn = {
  ns_per_call: number
}

/** Calls between two looks at the clock, and the least time of a turn. */
const CALLS = 1000
const TURN_MS = 400
const NS_PER_MS = 1e6

async function takeTurn ({ call }: CallVariant): Promise<CallTurn> {
  const started = performance.now()
  let calls = 0
  let elapsed = 0
  while (elapsed < TURN_MS) {
    for (let n = 0; n < CALLS; n++) {
      const result = call()
      if (result instanceof Promise) await result
    }
    calls += CALLS
    elapsed = performance.now() - started
  }
  return { ns_per_call: elapsed * NS_PER_MS / calls }
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
