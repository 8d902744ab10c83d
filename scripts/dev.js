import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { context } from 'esbuild'

/*
 * `npm run dev`: the server under fastify-cli, started anew at each change of a source file.
 * The embedded database and the simulated exchange run in this process, which no change restarts: their data survives.
 * Plain JavaScript, and esbuild instead of a loader: compiling while Node.js loads costs the start more than a second.
 */
const COMPILED = '.dev'
/** The one file that fastify-cli follows, so that a change of many files is one restart. */
const STAMP = `${COMPILED}/compiled-at`

/**
 * Every file becomes one file: it imports its neighbours by their compiled names and packages by theirs.
 * @type {import('esbuild').Plugin}
 */
const importsStay = {
  name: 'imports-stay',
  setup (build) {
    build.onResolve({ filter: /./ }, ({ path, kind }) => {
      return kind === 'entry-point' ? undefined : { path: path.replace(/^(\..*)\.ts$/, '$1.js'), external: true }
    })
  }
}

/** Compiles the sources, now and after each change; errors are printed, and the next change may mend them. */
async function startCompiler () {
  let onBuilt = () => {}
  const built = new Promise((resolve) => { onBuilt = () => resolve(undefined) })
  const compiler = await context({
    entryPoints: ['app.ts', 'plugins/**/*.ts', 'routes/**/*.ts', 'schemas/**/*.ts', 'embedded/**/*.ts', 'scripts/market/**/*.ts', 'schemas/**/*.graphql'],
    loader: { '.graphql': 'copy' },
    outbase: '.',
    outdir: COMPILED,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'warning',
    plugins: [importsStay, {
      name: 'stamp-after-build',
      setup (build) {
        build.onEnd(async ({ errors }) => {
          if (errors.length > 0) return
          await writeFile(STAMP, new Date().toISOString())
          onBuilt()
        })
      }
    }]
  })
  await compiler.watch()
  await built
  return compiler
}

/** @returns {Promise<import('../embedded/index.ts').EmbeddedDatabase>} */
async function startDatabase () {
  const { startEmbeddedDatabase } = await import(`../${COMPILED}/embedded/index.js`)
  return startEmbeddedDatabase()
}

/** @returns {Promise<import('./market/simulator.ts').MarketSimulator>} */
async function startMarket () {
  const { startMarketSimulator } = await import(`../${COMPILED}/scripts/market/simulator.js`)
  return startMarketSimulator()
}

/** @param {NodeJS.ProcessEnv} env */
function startServer (env) {
  const fastifyCli = createRequire(import.meta.url).resolve('fastify-cli/cli.js')
  return spawn(process.execPath, [
    fastifyCli, 'start', '--watch', '--follow-watch', STAMP, '--options', '--pretty-logs', '--log-level', 'info', `${COMPILED}/app.js`
  ], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    // a process group of its own: fastify-cli leaves its child behind unless both get the signal
    detached: true
  })
}

if (existsSync('.env')) process.loadEnvFile('.env')
const compiler = await startCompiler()
const [database, market] = await Promise.all([
  process.env.MONGODB_URI ? undefined : startDatabase(),
  process.env.MARKET_DATA_URL ? undefined : startMarket()
])
if (database) console.log(`Embedded database: ${database.uri} (the data lives in memory: it survives reloads and ends with this command)`)
if (market) console.log(`Market simulator:  ${market.url} (POST ${market.url}/control makes it slow, fail or lie)`)

const server = startServer({
  ...process.env,
  ...(database && { MONGODB_URI: database.uri, DEMO_DATA: 'true' }),
  ...(market && { MARKET_DATA_URL: market.url }),
  FASTIFY_ADDRESS: process.env.HOST ?? '127.0.0.1',
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --enable-source-maps`.trim()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => { if (server.pid) process.kill(-server.pid, signal) })
}
server.on('exit', (code) => {
  process.exitCode = code ?? 0
  Promise.all([compiler.dispose(), database?.close(), market?.close()]).catch(console.error)
})
