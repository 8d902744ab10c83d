import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findFreePort } from '../scripts/ports.ts'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0
if (!isInstalled && process.env.CI) throw new Error('redis-server is not installed')

/** Options of a test that needs Redis: where there is none it is skipped by name, in CI its absence is a failure. */
export const needsRedis = isInstalled ? {} : { skip: 'redis-server is not installed' }

/** Starts a `redis-server` of this test's own, without persistence, ended with the test. */
export async function startRedis (t: Test) {
  const port = await findFreePort()
  const dir = await mkdtemp(join(tmpdir(), 'redis-'))
  let child: ChildProcess

  async function start (): Promise<void> {
    child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir])
    for await (const line of child.stdout ?? []) if (/Ready to accept connections/.test(String(line))) break
    child.stdout?.resume()
  }
  async function kill (): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGCONT')
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  await start()
  t.teardown(async () => {
    await kill()
    await rm(dir, { recursive: true, force: true })
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    /** Ends it at once, as a crash does; its data is gone. */
    kill,
    /** Starts it again after `kill`. */
    start,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT')
  }
}
