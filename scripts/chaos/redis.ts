import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram } from './processes.ts'

async function findFreePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A Redis that can be killed, and is there again at once, empty; null where none is installed. */
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
    async strike (): Promise<void> {
      await running.kill()
      running = await start()
    },
    async close (): Promise<void> {
      await running.kill()
      await rm(folder, { recursive: true, force: true })
    }
  }
}
