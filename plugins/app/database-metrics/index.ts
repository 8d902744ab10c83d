import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { CommandStartedEvent, ConnectionCheckedOutEvent, MongoClientEvents } from 'mongodb'
import { Counter, Gauge } from 'prom-client'
import { countConnections } from './pool.ts'

type Listen = <E extends keyof MongoClientEvents>(event: E, listener: MongoClientEvents[E]) => void

const MS_PER_S = 1000
/** Far more than the kinds of commands that the driver sends for us. */
const MAX_COMMAND_NAMES = 40

function countCommands ({ metrics, boundedLabels }: FastifyInstance, listen: Listen): void {
  const bounded = boundedLabels(MAX_COMMAND_NAMES)
  const counts = new Map<string, number>()
  listen('commandStarted', ({ commandName }: CommandStartedEvent) => {
    const command = bounded(commandName)
    counts.set(command, (counts.get(command) ?? 0) + 1)
  })
  metrics.registerMetric(new Counter({
    name: 'db_commands_total',
    help: 'Commands sent to the database',
    labelNames: ['command'],
    registers: [],
    collect () {
      this.reset()
      for (const [command, count] of counts) this.inc({ command }, count)
    }
  }))
}

function showConnections ({ metrics, durationHistogram, mongo: { client } }: FastifyInstance, listen: Listen): void {
  const waits = durationHistogram<never>({ name: 'db_pool_checkout_seconds', help: 'Wait for a connection of the pool' })
  const observeWait = waits.series({})
  listen('connectionCheckedOut', ({ durationMS }: ConnectionCheckedOutEvent) => { observeWait(durationMS / MS_PER_S) })
  metrics.registerMetric(new Gauge({
    name: 'db_pool_connections',
    help: 'Connections of the pool (size), those in use, and requests that wait for one',
    labelNames: ['state'],
    registers: [],
    collect () { for (const [state, count] of Object.entries(countConnections(client))) this.set({ state }, count) }
  }))
}

/** Counts the database's commands and the connections of its pool in `/metrics`. It only listens. */
export default fp(async function databaseMetrics (fastify) {
  const { client } = fastify.mongo
  const stops: Array<() => void> = []
  function listen<E extends keyof MongoClientEvents> (event: E, listener: MongoClientEvents[E]): void {
    client.on(event, listener)
    stops.push(() => { client.off(event, listener) })
  }

  countCommands(fastify, listen)
  showConnections(fastify, listen)
  fastify.addHook('onClose', async () => { for (const stop of stops) stop() })
}, { name: 'database-metrics', dependencies: ['metrics', 'mongodb'] })
