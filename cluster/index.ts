import { hostname } from 'node:os'
import closeWithGrace from 'close-with-grace'
import Fastify, { type FastifyInstance } from 'fastify'
import { logger } from '../logging.ts'
import { countCores } from '../plugins/app/load/cores.ts'
import readConfig from '../plugins/external/config.ts'
import { Crew } from './crew.ts'
import { createMetrics } from './metrics.ts'

/** What a process has to end in, beyond the times of the configuration, before it is killed. */
const STOP_MARGIN_MS = 5000

/** Processes that are wanted. */
function countWorkers ({ WORKERS: wanted }: FastifyInstance['config']): number {
  return wanted === 'auto' ? Math.max(1, Math.floor(countCores())) : Number(wanted)
}

/** Runs the crew until a signal ends it. */
function lead ({ config, log }: FastifyInstance, size: number): void {
  const metrics = createMetrics(() => crew.serving())
  const crew: Crew = new Crew({
    size,
    log,
    // a name for each in the fleet, and one secret for all
    envOf: (place) => ({ INSTANCE_ID: `${config.INSTANCE_ID || hostname()}.${place}`, JWT_SECRET: config.JWT_SECRET }),
    stopLimitMs: config.SHUTDOWN_GRACE_MS + config.SHUTDOWN_DRAIN_MS + config.SHUTDOWN_CLOSE_MS + STOP_MARGIN_MS,
    maxMemoryBytes: config.WORKER_MAX_MEMORY_MB * 2 ** 20,
    onMessage: metrics,
    onHopeless: () => { process.exit(1) }
  })
  // whatever ends this process, nobody serves on without it
  process.on('exit', () => { crew.kill() })
  process.on('SIGHUP', () => { crew.reload() })
  closeWithGrace({ delay: false, logger: log, skip: ['SIGHUP'] }, async function shutDown ({ err, signal }) {
    if (err) log.error(err)
    log.info({ signal }, 'closing')
    if (!await crew.stop()) throw new Error('A worker did not end well')
  })
  log.info({ workers: size }, 'starting workers')
  crew.start()
}

/** Starts as many processes as `WORKERS` says, and looks after them; false if it says one, which is the caller itself. */
export async function runCrew (): Promise<boolean> {
  const fastify = Fastify({ logger })
  try {
    await fastify.register(readConfig, {})
  } catch (error) {
    fastify.log.fatal(error)
    process.exit(1)
  }
  const size = countWorkers(fastify.config)
  if (size > 1) lead(fastify, size)
  return size > 1
}
