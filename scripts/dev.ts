import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { startEmbeddedDatabase } from '../embedded/index.ts'

/*
 * `npm run dev`: the server under fastify-cli, started anew at each change of a source file.
 * The embedded database runs in this process, which no change restarts, so its data survives.
 */
if (existsSync('.env')) process.loadEnvFile('.env')
const env: NodeJS.ProcessEnv = {
  ...process.env,
  FASTIFY_ADDRESS: process.env.HOST ?? '127.0.0.1',
  FASTIFY_AUTOLOAD_TYPESCRIPT: '1',
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import tsx`.trim()
}

const database = process.env.MONGODB_URI ? undefined : await startEmbeddedDatabase()
if (database) {
  Object.assign(env, { MONGODB_URI: database.uri, DEMO_DATA: 'true' })
  console.log(`Embedded database: ${database.uri} (the data lives in memory: it survives reloads and ends with this command)`)
}

const fastifyCli = createRequire(import.meta.url).resolve('fastify-cli/cli.js')
const ignored = 'test bench docs .tap .ci .github .md$ .json$'
const server = spawn(process.execPath, [
  fastifyCli, 'start', '--watch', '--ignore-watch', ignored, '--options', '--pretty-logs', '--log-level', 'info', 'app.ts'
], {
  env,
  stdio: ['ignore', 'inherit', 'inherit'],
  // a process group of its own: fastify-cli leaves its child behind unless both get the signal
  detached: true
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => { if (server.pid) process.kill(-server.pid, signal) })
}
server.on('exit', (code) => {
  process.exitCode = code ?? 0
  database?.close().catch(console.error)
})
