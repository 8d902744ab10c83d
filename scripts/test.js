import { spawn, spawnSync } from 'node:child_process'

/*
 * `npm test`: the whole suite by tap, with its gate of full coverage. Where no redis-server is installed, the tests that
 * need one are skipped by name; the code that only they reach is then no fault.
 */
const hasRedis = spawnSync('redis-server', ['--version']).status === 0
const env = { ...process.env, ...(!hasRedis && { TAP_ALLOW_INCOMPLETE_COVERAGE: '1' }) }

const tap = spawn('tap', process.argv.slice(2), { env, stdio: 'inherit', shell: process.platform === 'win32' })
tap.on('exit', (code) => {
  if (!hasRedis) console.log('redis-server is not installed: the tests that need it were skipped, and coverage is not complete')
  process.exitCode = code ?? 1
})
