import { randomBytes } from 'node:crypto'
import { UsageError } from '../usage-error.ts'
import { startPayoutSandbox } from '../payouts/sandbox.ts'
import { compile } from './compiled.ts'
import { startDatabase } from './database.ts'
import { examine, findCases, type Case, type Done, type Scene } from './moments.ts'
import { settle, type MoneyPath } from './operation.ts'
import { createRandom, type Random } from './random.ts'
import { createRun, type Report, type Run } from './run.ts'
import { storm } from './storm.ts'
import { createStrikes, type StrikeName } from './strikes.ts'
import { createWorld, type World } from './world.ts'

/** Part of the runs that hit a chosen moment; the others hit at random. */
const CHOSEN = 0.5
/** Jobs that failed wait for longer each time: so long may the last one take to be done after all, in ms. */
const QUIET_MS = 90_000

export interface ChaosOptions {
  runs: number
  seconds: number
  seed: number
  lanes: number
  killsDatabase: boolean
  /** What is done at chosen moments. */
  strikes: readonly StrikeName[]
  paths: readonly [MoneyPath, ...MoneyPath[]]
}

/** All cases in another order, again and again. */
function * deal (cases: readonly Case[], random: Random): Generator<Case> {
  while (cases.length > 0) yield * random.shuffle(cases)
}

/** Looks at everything once more that was done in a world. */
async function verify (world: World, done: readonly Done[], run: Run): Promise<void> {
  run.blame('in the end', await settle(world.faults, run.report.faults.length === 0 ? QUIET_MS : 0))
  for (const { operation, answer } of done) run.blame(`in the end ${operation.title}`, await operation.faults(answer))
  for (const path of new Set(done.map(({ path }) => path))) {
    run.blame(`in the end ${path.name}`, await path.strays(world, done.filter((one) => one.path === path).map(({ answer }) => answer)))
  }
  run.report.operations += done.length
}

interface Lane extends Scene {
  cases: readonly Case[]
  done: Done[]
}

/** Finds the moments of all paths in a world, and has done each path once then. */
async function createLane (scene: Scene, { paths, strikes }: ChaosOptions): Promise<Lane> {
  const possible = [...createStrikes(scene.world, scene.random)].filter(([name]) => strikes.includes(name))
  const lane = { ...scene, cases: [] as Case[], done: [] as Done[] }
  for (const path of paths) {
    const { cases, done } = await findCases(path, possible, scene)
    lane.cases.push(...cases)
    lane.done.push(done)
  }
  return lane
}

async function runLane ({ cases, done, ...scene }: Lane, run: Run, { runs, paths }: ChaosOptions): Promise<void> {
  const { world, random } = scene
  const struck = new Set<Case>()
  for (const next of deal(cases, random)) {
    if (!run.begin(Math.ceil(runs * CHOSEN))) break
    const { isHit, faults, done: one } = await examine(next, scene)
    if (isHit) run.count(`${next.path.name}, ${next.role}: ${next.name}`)
    else run.miss(next.title)
    if (isHit) struck.add(next)
    run.blame(next.title, faults)
    done.push(one)
  }
  run.report.struck += struck.size
  const { done: more, faults } = await storm({ world, paths, random, goesOn: () => run.begin(runs), onStrike: (victim) => { run.count(`under load: ${victim}`) } })
  run.blame('under load', faults)
  await verify(world, [...done, ...more], run)
}

/** Everything, side by side in as many worlds as there are lanes. Resolves with what was done, and what is wrong. */
export async function chaos (options: ChaosOptions, env: NodeJS.ProcessEnv): Promise<Report> {
  const { seed, lanes, paths } = options
  const secret = randomBytes(32).toString('hex')
  const [compiled, sandbox] = await Promise.all([compile(), startPayoutSandbox({ secret })])
  const database = await startDatabase(compiled.database, env, options.killsDatabase)
  const random = createRandom(seed)
  const roles = [...new Set(paths.flatMap((path) => path.roles))]
  const names = Array.from({ length: lanes }, (_, lane) => `sahm-chaos-${process.pid}-${lane}`)
  console.log(`Databases ${names.join(', ')} at ${database.uri.replace(/\/\/[^/@]*@/, '//')}`)
  const worlds = await Promise.all(names.map((name, lane) => createWorld({
    roles,
    // the last lane has Redis, the one before it has not
    hasRedis: (lanes - lane) % 2 === 1,
    programs: compiled.programs,
    uri: database.uri,
    engine: database.engine,
    database: name,
    payouts: sandbox.url,
    env: { PAYOUT_SECRET: secret }
  })))
  try {
    const found = await Promise.all(worlds.map((world) => createLane({ world, random }, options)))
    const moments = found.reduce((sum, { cases }) => sum + cases.length, 0)
    if (moments === 0) throw new UsageError(`nothing that can be struck by ${options.strikes.join()}`)
    console.log(`${moments} moments to strike at`)
    const run = createRun(options.seconds, moments)
    await Promise.all(found.map((lane) => runLane(lane, run, options)))
    return run.report
  } finally {
    await Promise.all(worlds.map((world) => world.close()))
    await database.close()
    await sandbox.close()
  }
}
