import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { context } from 'esbuild'

/*
 * `npm run dev`: the server under fastify-cli, started anew after each change of a source file.
 * The embedded database and the simulated exchange run in this process, which no change restarts: their data survives.
 * Plain JavaScript, esbuild instead of a loader, and no watcher of fastify-cli's, each for the same reason: together they
 * would double the time of the start.
 */
const COMPILED = '.dev'
/** What autoload looks for, and what this process runs itself; all else is bundled into what imports it. */
const ENTRY_POINTS = [
  'app.ts', 'plugins/external/*.ts', 'plugins/app/*.ts', 'plugins/**/index.ts', 'routes/**/index.ts', 'schemas/*.graphql',
  'scripts/demo-database.ts', 'scripts/market/simulator.ts'
]
/** A package of 700 small modules: to read them one by one would cost the start half a second. */
const BUNDLED = {
  'typebox/compile': './node_modules/typebox/build/compile/index.mjs',
  typebox: './node_modules/typebox/build/index.mjs'
}

/**
 * Compiles the sources, now and after each change, and tells after each time that it went well; errors are printed, and
 * the next change may mend them.
 * @param {() => void} onBuilt
 */
async function startCompiler (onBuilt) {
  await rm(COMPILED, { recursive: true, force: true })
  const compiler = await context({
    entryPoints: ENTRY_POINTS,
    loader: { '.graphql': 'copy' },
    outbase: '.',
    outdir: COMPILED,
    bundle: true,
    splitting: true,
    chunkNames: 'shared/[name]-[hash]',
    packages: 'external',
    alias: BUNDLED,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
    plugins: [{ name: 'tell', setup (build) { build.onEnd(({ errors }) => { if (errors.length === 0) onBuilt() }) } }]
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
const [database, market] = await Promise.all([
  process.env.MONGODB_URI ? undefined : startDatabase(),
  process.env.MARKET_DATA_URL ? undefined : startMarket()
])
if (database) console.log(`Embedded database: ${database.uri} (the data lives in memory: it survives reloads and ends with this command)`)
if (market) console.log(`Market simulator:  ${market.url} (POST ${market.url}/control makes it slow, fail or lie)`)

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
await Promise.all([compiler.dispose(), database?.close(), market?.close()])
