import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ServerHeartbeatStartedEvent } from 'mongodb'

/** A check without a result for so long, while there is no server to use, never has one, in ms; one that awaits news takes longer. */
const LOST_AFTER_MS = 3000
const LOOK_INTERVAL_MS = 1000

/** Knows whether there is a server to use, and whether the driver waits for a check that is lost. */
function createChecks ({ mongo: { client } }: Pick<FastifyInstance, 'mongo'>) {
  const lostAt = new Map<string, number>()
  let isUsable = true
  const ended = ({ connectionId }: Pick<ServerHeartbeatStartedEvent, 'connectionId'>): void => { lostAt.delete(connectionId) }
  client.on('serverHeartbeatStarted', ({ connectionId, awaited }) => {
    const limitMs = LOST_AFTER_MS + Number(awaited) * client.options.heartbeatFrequencyMS
    lostAt.set(connectionId, performance.now() + limitMs)
  })
  client.on('serverHeartbeatSucceeded', ended)
  client.on('serverHeartbeatFailed', ended)
  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    isUsable = [...newDescription.servers.values()].some(({ type }) => type !== 'Unknown')
  })

  return {
    areLost: (): boolean => !isUsable && [...lostAt.values()].some((at) => performance.now() > at),
    forget: (): void => { lostAt.clear() }
  }
}

/**
 * Connects anew where the driver (7.9) never would: a check that it writes to a connection just as that ends waits for ever, and
 * with it the finding of a database that has come back. Nothing is lost by it, since there is no connection that could be used.
 */
export default fp(async function databaseRecovery (fastify) {
  const { log, mongo: { client } } = fastify
  const checks = createChecks(fastify)
  let isBusy = false
  let isClosed = false
  let isTold = false

  async function reconnect (): Promise<void> {
    if (!isClosed) await client.close()
    isClosed = true
    checks.forget()
    await client.connect()
    isClosed = false
    isTold = false
    log.warn('connected to the database anew')
  }
  async function look (): Promise<void> {
    if (isBusy || !(isClosed || checks.areLost())) return
    isBusy = true
    await reconnect().catch((err: unknown) => {
      // once, however long it is away
      if (!isTold) log.warn({ err }, 'the database is away')
      isTold = true
    })
    isBusy = false
  }
  const timer = setInterval(look, LOOK_INTERVAL_MS).unref()
  fastify.addHook('onClose', async () => { clearInterval(timer) })
}, { name: 'database-recovery', dependencies: ['mongodb'] })
