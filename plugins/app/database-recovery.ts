import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Gauge } from 'prom-client'

const LOOK_MS = 250
/** No server to use for so long is an outage: connections that end all at once have new ones before. */
const UNUSABLE_MS = 1000

/** Knows for how long there has been no server to use, or no answer of any. */
function createWatch ({ config, mongo: { client } }: Pick<FastifyInstance, 'config' | 'mongo'>) {
  // where the driver checks nobody, behind a balancer, silence means nothing
  const silenceMs = client.options.loadBalanced ? Infinity : config.MONGODB_SILENCE_LIMIT_MS
  const limits = { unusable: UNUSABLE_MS / LOOK_MS, silent: silenceMs / LOOK_MS }
  // looks, not time: a pause of this process, in which it reads no answer, counts as one
  const looks = { unusable: 0, silent: 0 }
  let isUsable = true
  const answered = (): void => { looks.silent = 0 }
  client.on('serverHeartbeatSucceeded', answered)
  client.on('commandSucceeded', answered)
  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    isUsable = [...newDescription.servers.values()].some(({ type }) => type !== 'Unknown')
  })

  return {
    /** Whether the database is away, asked every `LOOK_MS`. */
    look (): boolean {
      looks.unusable = isUsable ? 0 : looks.unusable + 1
      looks.silent += 1
      return looks.unusable > limits.unusable || looks.silent > limits.silent
    },
    /** It has just been connected to. */
    start (): void {
      looks.unusable = 0
      looks.silent = 0
    }
  }
}

/**
 * Knows when the database is away: no server of it can be used, or none answers. Then nobody waits for it any more, and it is
 * connected to anew when it is there. The driver (7.9) would let each request wait for `MONGODB_SERVER_SELECTION_TIMEOUT_MS`, or for a
 * silent server until the connection breaks.
 */
export default fp(async function databaseRecovery (fastify) {
  const watch = createWatch(fastify)
  let isAway = false

  async function look (): Promise<void> {
    if (isAway || !watch.look()) return
    isAway = true
    await fastify.reconnectDatabase()
    watch.start()
    isAway = false
  }
  const timer = setInterval(look, LOOK_MS).unref()
  fastify.addHook('onClose', async () => { clearInterval(timer) })
  fastify.metrics.registerMetric(new Gauge({
    name: 'db_away',
    help: '1 while the database is away and what needs it is refused at once',
    registers: [],
    collect () { this.set(Number(isAway)) }
  }))
}, { name: 'database-recovery', dependencies: ['config', 'metrics', 'mongodb'] })
