import type { FastifyRequest } from 'fastify'

/** Units that a request to the route costs; for a list, its own and one more for so many items that it may have. */
export type RouteCost = number | { base: number, itemsPerUnit: number }

/** Page of lists, as their schema bounds it; the query is not validated yet. */
const DEFAULT_ITEMS = 20
const MAX_ITEMS = 100

function itemsOf (query: unknown): number {
  const limit = typeof query === 'object' && query !== null && 'limit' in query ? Number(query.limit) : DEFAULT_ITEMS
  return limit >= 1 && limit <= MAX_ITEMS ? limit : DEFAULT_ITEMS
}

/** What a request costs before it is looked at; 0 if its route is not limited. */
export function costOf ({ query, routeOptions: { config } }: FastifyRequest): number {
  const cost = config.cost ?? 1
  if (typeof cost === 'number') return cost
  return cost.base + Math.floor(itemsOf(query) / cost.itemsPerUnit)
}
