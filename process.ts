import cluster from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from './app.ts'
import { logger } from './logging.ts'

/** Longest time that what has begun already gets to end where the configuration cannot be read, in ms. */
const CLOSE_LIMIT_MS = 10_000

/** Sends the clients away: balancers first, unless none has to notice, then every connection. */
async function sendClientsAway ({ config, drain, server }: FastifyInstance, hasGrace: boolean): Promise<void> {
  if (!server.listening) return
  if (hasGrace) {
    drain.leave()
    await delay(config.SHUTDOWN_GRACE_MS)
  }
  await drain.end(config.SHUTDOWN_DRAIN_MS)
}

async function closeInTime (fastify: FastifyInstance): Promise<void> {
  const limitMs = fastify.hasDecorator('config') ? fastify.config.SHUTDOWN_CLOSE_MS : CLOSE_LIMIT_MS
  const isLate = Symbol('late')
  const first = await Promise.race([fastify.close(), delay(limitMs, isLate)])
  if (first === isLate) throw new Error(`Not closed within ${limitMs} ms`)
}

/** Those of a terminal or a supervisor go to the whole group, and are for the first process of it. */
const GROUP_SIGNALS: ('SIGHUP' | 'SIGINT' | 'SIGTERM')[] = ['SIGHUP', 'SIGINT', 'SIGTERM']

/** Closes on a signal, or when the process that has started this one says so; a second signal ends at once, with 1. */
function closeOnDemand (fastify: FastifyInstance, afterClients: () => Promise<void>): { isClosing: boolean } {
  const state = { isClosing: false }
  // nobody has to notice that: another process takes the next connection
  let isReplaced = false
  const { close } = closeWithGrace({ delay: false, logger: fastify.log, skip: cluster.isWorker ? GROUP_SIGNALS : [] }, async function shutDown ({ err, signal }) {
    state.isClosing = true
    if (err) fastify.log.error(err)
    fastify.log.info({ signal }, 'closing')
    await sendClientsAway(fastify, !err && !isReplaced)
    await afterClients()
    await closeInTime(fastify)
  })
  if (!cluster.isWorker) return state
  for (const signal of GROUP_SIGNALS) process.on(signal, () => {})
  process.on('message', function obey (order) {
    if ((order !== 'stop' && order !== 'retire') || state.isClosing) return
    isReplaced = order === 'retire'
    close()
  })
  return state
}

/**
 * Runs the application as this process: ready, then `begin`; a start that fails ends it with 1, a signal closes it, with
 * `afterClients` once nobody is connected any more.
 */
export async function runProcess (begin: (fastify: FastifyInstance) => Promise<void>, afterClients = async () => {}): Promise<void> {
  const fastify = Fastify({ ...options, logger })
  const state = closeOnDemand(fastify, afterClients)

  try {
    // without a scope of its own, so that `config` is seen here
    await fastify.register(fp(app), {})
    await fastify.ready()
    await begin(fastify)
  } catch (error) {
    // a start that is broken off has not failed
    if (state.isClosing) return
    fastify.log.fatal(error)
    await closeInTime(fastify).catch((late: unknown) => { fastify.log.error(late) })
    process.exit(1)
  }
}
