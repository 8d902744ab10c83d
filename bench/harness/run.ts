import { randomBytes } from 'node:crypto'
import type { Environment } from '../../schemas/config.ts'
import { optionsFrom } from './arguments.ts'
import { callInTurns } from './calls.ts'
import { endChildren, nextMessage, startChild } from './children.ts'
import type { BenchOptions, CallClaim, Claim, LoadRequest, MeasureClaim, MeasureVariant, ServerClaim, Variant } from './claim.ts'
import { dropDatabases, findDatabase, nameDatabase, nameEngine, prepareDatabase } from './database.ts'
import { BUDGETS, toTexts } from './environment.ts'
import { describeMachine } from './machine.ts'
import { measureInTurns } from './measures.ts'
import { driveInTurns } from './rounds.ts'
import { startInTurns } from './starts.ts'
import type { Result } from './table.ts'

function environmentOf ({ env, database = 'data' }: Variant, shared: Environment): Environment {
  return { ...shared, ...env, MONGODB_DATABASE: nameDatabase(database) }
}

function scriptOf ({ bare, collects }: Variant): string {
  if (bare) return 'bare-child.ts'
  return collects ? 'collecting-child.ts' : 'server-child.ts'
}

/** Asks both servers the first request once: they must agree on the answer, or the comparison means nothing; a bare server knows none. */
async function checkAnswers ({ status = 200, variants }: ServerClaim, addresses: readonly string[], [first]: LoadRequest[]): Promise<void> {
  if (first === undefined) throw new Error('The claim asks nothing')
  const answers = await Promise.all(addresses.map(async (address) => {
    const response = await fetch(`${address}${first.path}`, { method: first.method, headers: first.headers, body: first.body })
    return `${response.status} ${await response.text()}`
  }))
  const isBare = variants.some(({ bare }) => bare)
  if (!isBare && answers[0] !== answers[1]) throw new Error(`The variants answer differently:\n${answers.map((text) => text.slice(0, 500)).join('\n')}`)
  if (!answers[1]?.startsWith(String(status))) throw new Error(`The first request failed: ${answers[1]?.slice(0, 500)}`)
}

/** Seeds the database of each variant, once if they share it; the requests are those of the last. */
async function prepare (claim: ServerClaim, environments: Environment[], options: BenchOptions): Promise<LoadRequest[]> {
  const byDatabase = new Map(environments.map((env) => [env.MONGODB_DATABASE, env]))
  let requests: LoadRequest[] = []
  for (const env of byDatabase.values()) {
    requests = await prepareDatabase(env, options.users, (fastify) => claim.prepare(fastify, options))
  }
  return requests
}

async function runServers (claim: ServerClaim, options: BenchOptions): Promise<Result['turns']> {
  const shared = { ...BUDGETS, MONGODB_URI: await findDatabase(), NODE_ENV: 'production', LOG_LEVEL: 'error', JWT_SECRET: randomBytes(32).toString('hex') }
  const environments = claim.variants.map((variant) => environmentOf(variant, shared))
  console.error('Preparing the data')
  const requests = await prepare(claim, environments, options)
  if (claim.kind === 'starts') return startInTurns([toTexts(environments[0] ?? {}), toTexts(environments[1] ?? {})], requests, options.rounds)
  const start = (variant: Variant, env: Environment | undefined) => nextMessage<string>(startChild(scriptOf(variant), { ...toTexts(env ?? {}), BARE: variant.bare }))
  const [a, b] = claim.variants
  const addresses = [await start(a, environments[0]), await start(b, environments[1])] as const
  await checkAnswers(claim, addresses, requests)
  const { measure } = claim
  if (measure !== undefined) {
    const variants = [a, b].map(({ name }, index) => ({ name, measure: () => measure(String(addresses[index]), requests, options) })) as [MeasureVariant, MeasureVariant]
    return measureInTurns({ variants }, options.rounds)
  }
  return driveInTurns(startChild('load-child.ts', {}), addresses, requests, options)
}

async function runHere (name: string, claim: CallClaim | MeasureClaim, rounds: number): Promise<Result> {
  const describe = ([a, b]: readonly [{ name: string }, { name: string }]) =>
    ({ claim: name, question: claim.question, conditions: { rounds, ...describeMachine() }, variants: [a.name, b.name] as const })
  if (claim.kind === 'measures') {
    const turns = await measureInTurns(claim, rounds)
    const { conditions, ...described } = describe(claim.variants)
    return { ...described, conditions: { ...conditions, ...(claim.usesDatabase && { engine: await nameEngine() }) }, turns }
  }
  const variants = await claim.build()
  const turns = await callInTurns(variants, rounds)
  for (const { close } of variants) await close?.()
  return { ...describe(variants), turns }
}

/** Measures a claim; the processes and databases that it made are left to `cleanUp`. */
export async function run (name: string, claim: Claim, command: Partial<BenchOptions>): Promise<Result> {
  if (claim.kind === 'calls' || claim.kind === 'measures') return await runHere(name, claim, optionsFrom(command).rounds)
  const options = optionsFrom(command, claim.defaults)
  const turns = await runServers(claim, options)
  const engine = await nameEngine()
  return { claim: name, question: claim.question, conditions: { ...options, engine, ...describeMachine() }, variants: [claim.variants[0].name, claim.variants[1].name], turns }
}

export async function cleanUp (): Promise<void> {
  await endChildren()
  await dropDatabases()
}
