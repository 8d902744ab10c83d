import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../../scripts/ports.ts'
import { startProgram } from './programs.ts'
import { until } from './until.ts'

/** Time between two looks at an instance, in ms; two that fail take it out, two that succeed bring it back. */
const CHECK_INTERVAL_MS = 250

/** It hides nothing: what fails is neither tried again nor sent to another instance. */
function configurationOf (port: number, statusPort: number, instances: readonly number[]): string {
  return `global
  maxconn 2000
defaults
  mode http
  retries 0
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout check 5s
frontend clients
  bind 127.0.0.1:${port}
  default_backend instances
backend instances
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter ${CHECK_INTERVAL_MS}ms fall 2 rise 2
${instances.map((instance, index) => `  server ${index} 127.0.0.1:${instance}`).join('\n')}
frontend status
  bind 127.0.0.1:${statusPort}
  stats enable
  stats uri /
`
}

/** HAProxy from PATH in front of instances, which asks each for its readiness; without it the bench ends. */
export async function startProxy (instances: readonly number[]) {
  if (spawnSync('haproxy', ['-v']).status !== 0) throw new Error('This claim needs haproxy on PATH (Debian: apt-get install haproxy)')
  const folder = mkdtempSync(join(tmpdir(), 'bench-haproxy-'))
  process.once('exit', () => { rmSync(folder, { recursive: true, force: true }) })
  const [port, statusPort] = [await findFreePort(), await findFreePort()]
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, configurationOf(port, statusPort, instances))
  const program = startProgram('haproxy', ['-db', '-f', file])

  async function hasAll (): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${statusPort}/;csv`, { headers: { connection: 'close' } })
    const lines = (await response.text()).split('\n')
    return instances.every((_, index) => lines.some((line) => line.startsWith(`instances,${index},`) && line.includes(',UP,')))
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    /** Resolves when all instances are where requests are sent to. */
    async untilAll (): Promise<void> { await until('HAProxy to see all instances', () => hasAll().catch(() => false)) },
    async stop (): Promise<void> {
      program.send('SIGKILL')
      await program.exited
    }
  }
}
