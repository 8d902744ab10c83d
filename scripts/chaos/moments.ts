import { attempt, compareAnswers, insist, isFinal, settle, type Answer, type MoneyPath, type Operation } from './operation.ts'
import type { Random } from './random.ts'
import type { Role, Server } from './server.ts'
import type { Strike, StrikeName } from './strikes.ts'
import { SIDES, type Moment } from './watch.ts'
import type { World } from './world.ts'

/** One place where a path is interrupted. */
export interface Case {
  path: MoneyPath
  role: Role
  /** The name of the strike, and what it does. */
  name: StrikeName
  strike: Strike
  moment: Moment
  title: string
}

/** What a run leaves to be looked at again at the end. */
export interface Done {
  path: MoneyPath
  operation: Operation
  answer: Answer
}

/** Where it is done, and the choices that are left to chance. */
export interface Scene {
  world: World
  random: Random
}

const lookAt = (world: World, operation: Operation, answer: Answer) => async (): Promise<string[]> =>
  [...await operation.faults(answer), ...await world.faults()]

function casesOf (path: MoneyPath, { role, watch }: Server, strikes: readonly [StrikeName, Strike][]): Case[] {
  return watch.disarm().flatMap((title, i) => SIDES.flatMap((side) => strikes.map(([name, strike]) => (
    { path, role, name, strike, moment: { nth: i + 1, side }, title: `${path.name}, ${role}: ${name} ${side} write ${i + 1} (${title})` }
  ))))
}

/** Every moment of a path, as a first run of it shows them: each write of each process, before and after, struck in each way. */
export async function findCases (path: MoneyPath, strikes: readonly [StrikeName, Strike][], { world, random }: Scene): Promise<{ cases: Case[], done: Done }> {
  const operation = await path.prepare(world, random)
  const servers = await Promise.all(path.roles.map(world.current))
  for (const { watch } of servers) watch.arm()
  const answer = await insist(operation, world)
  const faults = await settle(lookAt(world, operation, answer))
  if (faults.length > 0) throw new Error(`${path.name}, undisturbed: ${faults.join('; ')}`)
  return { cases: servers.flatMap((server) => casesOf(path, server, strikes)), done: { path, operation, answer } }
}

/** Interrupts a path there, lets its client ask again, and resolves with what is wrong then. */
export async function examine ({ path, role, strike, moment }: Case, { world, random }: Scene) {
  const operation = await path.prepare(world, random)
  const [{ origin }, server] = await Promise.all([world.current('api'), world.current(role)])
  let isHit = false
  const struck = new Promise<void>((resolve, reject) => {
    server.watch.arm({
      moment,
      strike: () => {
        isHit = true
        const { passes, over } = strike(server)
        over.then(resolve, reject)
        return passes
      }
    })
  })

  // it is waited for below, perhaps much later
  struck.catch(() => {})

  const first = await attempt(operation, origin)
  // what has been answered may go on
  if (isFinal(first)) await Promise.race([struck, settle(lookAt(world, operation, first))])
  server.watch.disarm()
  if (isHit) await struck
  const answer = await insist(operation, world)
  const again = await insist(operation, world)
  const faults = [...compareAnswers([first, answer, again]), ...await settle(lookAt(world, operation, answer))]
  return { isHit, faults, done: { path, operation, answer } }
}
