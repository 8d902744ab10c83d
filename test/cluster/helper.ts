import type { Test } from 'tap'
import { startEmbeddedDatabase } from '../../embedded/index.ts'
import { compile } from '../../scripts/chaos/compiled.ts'
import { run } from '../process.ts'

/** As JavaScript, since each process would compile the sources anew. */
export const { programs } = await compile()

const listening = /"msg":"Server listening at (http:[^"]+)"/

/** Lines of the log that say a message, in their order. */
export function linesOf (output: string, message: string): Record<string, unknown>[] {
  return output.split('\n').filter((line) => line.includes(`"msg":"${message}"`)).map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** Two processes that serve on one port, both ready, on a database of their own; `options` are those of Node.js. */
export async function startCrew (t: Test, env: NodeJS.ProcessEnv = {}, options: string[] = []) {
  const database = await startEmbeddedDatabase()
  t.teardown(() => database.close())
  const server = run(t, [...options, programs.api], {
    PORT: '0',
    WORKERS: '2',
    MONGODB_URI: database.uri,
    MONGODB_MIN_POOL_SIZE: '0',
    RATE_LIMIT_ANONYMOUS: '1000000',
    SHEDDING_MIN_IN_FLIGHT: '1000',
    ...env
  })
  const [, origin = ''] = await server.printed(listening)
  await server.printed(/"msg":"worker ready"[^]*"msg":"worker ready"/)
  return { server, origin, pids: (): unknown[] => linesOf(server.output(), 'worker ready').map(({ workerPid }) => workerPid) }
}
