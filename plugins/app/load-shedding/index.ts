import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { ConcurrencyLimit } from './concurrency-limit.ts'
import { Flights } from './flights.ts'
import { boundHard } from './hard-bounds.ts'
import { createSheddingMetrics } from './metrics.ts'
import { roomFor, type Priority } from './priorities.ts'
import { createRefusal } from './refusal.ts'
import { createReport } from './report.ts'
import { createRouteClasses } from './route-classes.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Class of the route's requests when there is more to do than the server can; by default `read` for GET, else `write`. */
    priority?: Priority
    /** Class of those that bring `Idempotency-Key`, where the route does more than read; by default that of all. */
    keyedPriority?: Priority
  }
}

/** Admits each request, or refuses it below the framework. */
function createAdmission (fastify: FastifyInstance, classOf: ReturnType<typeof createRouteClasses>['of']) {
  const { answerObserver, config: { SHEDDING_MIN_IN_FLIGHT: floor, SHEDDING_MAX_IN_FLIGHT: ceiling, SHEDDING_EXPORT_MAX_LOAD: exportMaxLoad }, load } = fastify
  const limit = new ConcurrencyLimit({ floor, ceiling })
  const flights = new Flights(({ route, ms, others }) => { limit.observe(route.usual, ms, others) })
  const countRefusal = createSheddingMetrics(fastify, { limit: () => limit.value, inFlight: () => flights.count })
  const report = createReport(fastify.log)
  const refuse = createRefusal(fastify)

  function hasRoom (priority: Priority): boolean {
    // what goes on for minutes is not decided by one busy moment
    if (priority === 'export' && load.reported.value > exportMaxLoad) return false
    return flights.count < roomFor(priority, { limit: limit.value, ceiling })
  }

  return {
    countRefusal,

    refuses: (request: IncomingMessage, response: ServerResponse): boolean => {
      // Node.js sets both of each request that a server gets
      const { headers, method, url } = request as IncomingMessage & { method: string, url: string }
      const route = classOf(method, url, headers)
      if (hasRoom(route.priority)) {
        flights.begin({ request, response, route })
        limit.fill(flights.count)
        return false
      }
      refuse(request, response)
      countRefusal(route.priority, 'concurrency')
      answerObserver(method, route.url, 503)(0)
      report.refused += 1
      return true
    },

    endWindow: (): void => {
      flights.sweep()
      limit.adjust(report.endWindow(limit.value), flights.count)
    }
  }
}

/**
 * Optimization 8: above its capacity the server does as much as it can and refuses the rest at once, by class. How much it
 * can is found out by how long requests take. It fails open: what it cannot class is a read like any other.
 */
export default fp(async function loadShedding (fastify) {
  const classes = createRouteClasses({ maxParamLength: fastify.initialConfig.routerOptions?.maxParamLength })
  fastify.addHook('onRoute', function classify (route) {
    route.config = { ...route.config, priority: classes.add(route) }
  })
  if (!fastify.optimizationIsOn('load-shedding')) return

  const admission = createAdmission(fastify, classes.of)
  await boundHard(fastify, admission.countRefusal)
  fastify.frontDoor.add(admission.refuses)
  const timer = setInterval(admission.endWindow, fastify.config.LOAD_PROTECTION_INTERVAL_MS).unref()
  fastify.addHook('onClose', async () => { clearInterval(timer) })
// kept answers come first: they cost less than a refusal saves
}, { name: 'load-shedding', dependencies: ['config', 'front-door', 'helmet', 'load', 'metrics', 'problem-details', 'response-cache', 'sensible'] })
