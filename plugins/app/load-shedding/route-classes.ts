import type { IncomingHttpHeaders } from 'node:http'
import type { HTTPMethods, RouteOptions } from 'fastify'
import createRouter, { type HTTPMethod } from 'find-my-way'
import type { Usual } from './concurrency-limit.ts'
import type { Priority } from './priorities.ts'

/** What is known of a request's route before it is routed. */
export interface RouteClass {
  url: string
  priority: Priority
  usual: Usual
}

const READS = ['GET', 'HEAD', 'QUERY']

function priorityOf (methods: HTTPMethods[]): Priority {
  return methods.every((method) => READS.includes(method)) ? 'read' : 'write'
}

interface KnownRoute {
  plain: RouteClass
  /** Of requests other than reads that bring `Idempotency-Key`. */
  keyed: RouteClass
}

/** Finds the class of a request by its method and URL, and whether it brings a key, with the framework's own router and its options. */
export function createRouteClasses (routerOptions: { maxParamLength?: number }) {
  const router = createRouter(routerOptions)
  const unknown: RouteClass = { url: 'unmatched', priority: 'read', usual: { ms: undefined } }
  // it is answered at once, and without it a browser may not send what matters
  const preflight: RouteClass = { url: '*', priority: 'critical', usual: { ms: undefined } }

  return {
    /** Remembers a route; returns its class as declared, or by its method. */
    add ({ method, url, config }: RouteOptions): Priority {
      const methods = [method].flat()
      const priority = config?.priority ?? priorityOf(methods)
      const plain: RouteClass = { url, priority, usual: { ms: undefined } }
      const keyed = config?.keyedPriority === undefined ? plain : { url, priority: config.keyedPriority, usual: { ms: undefined } }
      const known: KnownRoute = { plain, keyed }
      router.on(methods as HTTPMethod[], url, () => {}, known)
      return priority
    },

    of: (method: string, url: string, headers: IncomingHttpHeaders): RouteClass => {
      if (method === 'OPTIONS') return preflight
      const end = url.indexOf('?')
      const found = router.find(method as HTTPMethod, end === -1 ? url : url.slice(0, end))
      if (found === null) return unknown
      const { keyed, plain } = found.store as KnownRoute
      return headers['idempotency-key'] !== undefined && !READS.includes(method) ? keyed : plain
    }
  }
}
