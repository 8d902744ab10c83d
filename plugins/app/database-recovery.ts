import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { TopologyDescription } from 'mongodb'
import { Gauge } from 'prom-client'

const LOOK_MS = 250
/** No server to use for so long is an outage: connections that end all at once have new ones before. */
const UNUSABLE_MS = 1000
/**
 * No server that takes writes for so long is an outage too. By its defaults a replica set misses its primary after 10 s, and has
 * another one within 12 s (median of MongoDB's manual); one that has lost its majority never has.
 */
const ELECTION_MS = 15_000
/** Kinds of servers that take writes. */
const WRITABLE: ReadonlySet<string> = new Set(['RSPrimary', 'Standalone', 'Mongos', 'LoadBalancer'])

/** What can be done with the servers that the driver knows of; where it has been told of a single one, that is used whatever it is. */
function usesOf ({ type: topology, servers }: TopologyDescription) {
  const known = [...servers.values()].filter(({ type }) => type !== 'Unknown')
  return { isUsable: known.length > 0, isWritable: known.some(({ type }) => topology === 'Single' || WRITABLE.has(type)) }
}

/** Knows for how long there has been no server to use, none that takes writes, or no answer of any. */
function createWatch ({ config, mongo: { client } }: Pick<FastifyInstance, 'config' | 'mongo'>) {
  // where the driver checks nobody, behind a balancer, silence means nothing
  const silenceMs = client.options.loadBalanced ? Infinity : config.MONGODB_SILENCE_LIMIT_MS
  const limits = { unusable: UNUSABLE_MS / LOOK_MS, unwritable: ELECTION_MS / LOOK_MS, silent: silenceMs / LOOK_MS }
  // looks, not time: a pause of this process, in which it reads no answer, counts as one
  const looks = { unusable: 0, unwritable: 0, silent: 0 }
  let uses = { isUsable: true, isWritable: true }
  const answered = (): void => { looks.silent = 0 }
  client.on('serverHeartbeatSucceeded', answered)
  client.on('commandSucceeded', answered)
  client.on('topologyDescriptionChanged', ({ newDescription }) => { uses = usesOf(newDescription) })

  return {
    /** Whether the database is away, asked every `LOOK_MS`. */
    look (): boolean {
      looks.unusable = uses.isUsable ? 0 : looks.unusable + 1
      looks.unwritable = uses.isWritable ? 0 : looks.unwritable + 1
      looks.silent += 1
      return looks.unusable > limits.unusable || looks.unwritable > limits.unwritable || looks.silent > limits.silent
    },
    /** It has just been connected to. */
    start (): void {
      looks.unusable = 0
      looks.unwritable = 0
      looks.silent = 0
    }
  }
}

/**
 * Knows when the database is away: no server of it can be used, none takes writes, or none answers. Then nobody waits for it any more, and it is
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
