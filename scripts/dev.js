import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { context } from 'esbuild'
import { compilationOf } from './compilation.js'

/*
 * `npm run dev`: the server under fastify-cli, started anew after each change of a source file.
 * The embedded database, the simulated exchange and the sandbox of the payout provider run in this process, which no change restarts: their data survives.
 * Plain JavaScript, esbuild instead of a loader, and no watcher of fastify-cli's, each for the same reason: together they
 * would double the time of the start.
 */
const COMPILED = '.dev'
/** What this process runs itself, beside the server. */
const ENTRY_POINTS = ['app.ts', 'schemas/config.ts', 'scripts/demo-database.ts', 'scripts/market/simulator.ts', 'scripts/payouts/sandbox.ts']

/**
 * Compiles the sources, now and after each change, and tells after each time that it went well; errors are printed, and
 * the next change may mend them.
 * @param {() => void} onBuilt
 */
async function startCompiler (onBuilt) {
  await rm(COMPILED, { recursive: true, force: true })
  const compilation = compilationOf(ENTRY_POINTS, COMPILED)
  const compiler = await context({
    ...compilation,
    plugins: [...compilation.plugins, { name: 'tell', setup (build) { build.onEnd(({ errors }) => { if (errors.length === 0) onBuilt() }) } }]
  })
  await compiler.watch()
  return compiler
}

/** @returns {Promise<import('../embedded/index.ts').EmbeddedDatabase>} */
async function startDatabase () {
  const { startDemoDatabase } = await import(`../${COMPILED}/scripts/demo-database.js`)
  return startDemoDatabase(process.env)
}

/** @returns {Promise<import('./market/simulator.ts').MarketSimulator>} */
async function startMarket () {
  const { startMarketSimulator } = await import(`../${COMPILED}/scripts/market/simulator.js`)
  return startMarketSimulator()
}

/** Of this run alone: no secret of development is worth anything elsewhere. */
const payoutSecret = randomBytes(16).toString('hex')

/** @returns {Promise<import('./payouts/sandbox.ts').PayoutSandbox>} */
async function startPayouts () {
  const { startPayoutSandbox } = await import(`../${COMPILED}/scripts/payouts/sandbox.js`)
  return startPayoutSandbox({ secret: payoutSecret })
}

/** @returns {Promise<string>} */
async function readProviders () {
  const { DEMO_PROVIDER_SECRET } = await import(`../${COMPILED}/schemas/config.js`)
  return process.env.PAYMENT_PROVIDERS || `demo:${DEMO_PROVIDER_SECRET}`
}

/** @param {NodeJS.ProcessEnv} env */
function startServer (env) {
  const fastifyCli = createRequire(import.meta.url).resolve('fastify-cli/cli.js')
  const args = ['--enable-source-maps', fastifyCli, 'start', '--options', '--pretty-logs', '--log-level', 'info', `${COMPILED}/app.js`]
  // a process group of its own: a terminal's Ctrl-C comes to it once, through this process
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'], detached: true })
}

if (existsSync('.env')) process.loadEnvFile('.env')

/** Successful builds so far; each one after the first ends the server, which is started anew. */
let builds = 0
let isEnding = false
/** @type {import('node:child_process').ChildProcess | undefined} */
let server
const events = new EventEmitter()

const built = once(events, 'change')
const compiler = await startCompiler(() => {
  builds++
  server?.kill()
  events.emit('change')
})
await built
const [providers, database, market, payouts] = await Promise.all([
  readProviders(),
  process.env.MONGODB_URI ? undefined : startDatabase(),
  process.env.MARKET_DATA_URL ? undefined : startMarket(),
  process.env.PAYOUT_URL ? undefined : startPayouts()
])
if (database) console.log(`Embedded database: ${database.uri} (the data lives in memory: it survives reloads and ends with this command)`)
if (market) console.log(`Market simulator:  ${market.url} (POST ${market.url}/control makes it slow, fail or lie)`)
if (payouts) console.log(`Payout sandbox:    ${payouts.url} (GET ${payouts.url}/payouts lists what it paid, POST ${payouts.url}/control makes it refuse or fail)`)

/** @param {NodeJS.Signals} [signal] */
function end (signal) {
  isEnding = true
  server?.kill(signal)
  events.emit('change')
}
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, end)
database?.prepared.catch((error) => {
  console.error(error)
  process.exitCode = 1
  end()
})

/** Runs one server after the other, until a signal or until the first one fails; resolves with its exit code. */
async function serve () {
  for (;;) {
    const build = builds
    server = startServer({
      ...process.env,
      ...(database && { MONGODB_URI: database.uri, DEMO_DATA: 'true' }),
      ...(market && { MARKET_DATA_URL: market.url }),
      ...(payouts && { PAYOUT_URL: payouts.url, PAYOUT_SECRET: payoutSecret }),
      PAYMENT_PROVIDERS: providers,
      FASTIFY_ADDRESS: process.env.HOST ?? '127.0.0.1'
    })
    const [code] = await once(server, 'exit')
    if (build === builds && build > 1 && !isEnding) {
      console.log(`The server has ended (${code}): it starts again after the next change`)
      await once(events, 'change')
    }
    if (isEnding || build === builds) return code ?? 0
  }
}

process.exitCode = await serve() || process.exitCode
await Promise.all([compiler.dispose(), database?.close(), market?.close(), payouts?.close()])
