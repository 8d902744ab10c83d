import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { compilationOf } from '../compilation.js'

const ROOT = join(import.meta.dirname, '../..')

/** The programs as JavaScript in a folder of this run, as a compiler of TypeScript would cost each of their starts seconds. */
export async function compile () {
  const folder = join(ROOT, '.chaos', String(process.pid))
  process.once('exit', () => { rmSync(folder, { recursive: true, force: true }) })
  // each by itself: what two programs share would be elsewhere than the application expects itself
  async function program (name: string, ...others: string[]): Promise<string> {
    await build({ ...compilationOf([`${name}.ts`, ...others.map((other) => `${other}.ts`)], join(folder, name)), absWorkingDir: ROOT })
    return join(folder, name, `${name}.js`)
  }
  const database = 'scripts/chaos/database-process'
  const [api, worker] = await Promise.all([program('server', database), program('worker')])
  return {
    programs: { api, worker },
    database: join(folder, 'server', `${database}.js`)
  }
}
export type Compiled = Awaited<ReturnType<typeof compile>>
