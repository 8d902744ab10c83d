import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../ports.ts'
import { startProgram } from './processes.ts'

/** A Redis that can be killed, and is empty when it is started again; null where none is installed. */
export async function startRedis () {
  if (spawnSync('redis-server', ['--version']).status !== 0) return null
  const port = await findFreePort()
  const folder = await mkdtemp(join(tmpdir(), 'chaos-redis-'))
  const start = () => startProgram({
    command: 'redis-server',
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
    env: {},
    ready: /Ready to accept connections/
  })
  let running = await start()

  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => running.kill(),
    async start (): Promise<void> { running = await start() },
    pause: (): void => { running.pause() },
    resume: (): void => { running.resume() },
    async close (): Promise<void> {
      await running.kill()
      await rm(folder, { recursive: true, force: true })
    }
  }
}
