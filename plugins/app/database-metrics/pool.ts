import type { MongoClient } from 'mongodb'

/** The connections to one server, and who waits for one. */
interface ServerPool {
  totalConnectionCount: number
  currentCheckedOutCount: number
  waitQueueSize: number
}

/** What the types of the driver (7.9) leave out. Its events are no substitute: of a wait that a signal ends they tell no end. */
interface Inside {
  topology?: { s: { servers: Map<string, { pool: ServerPool }> } }
}

/** Counts the connections of the driver's pools, to all servers, those in use and the requests that wait for one. */
export function countConnections (client: MongoClient): { size: number, in_use: number, waiting: number } {
  const { topology } = client as MongoClient & Inside
  const pools = [...topology?.s.servers.values() ?? []].map(({ pool }) => pool)
  const sum = (name: keyof ServerPool) => pools.reduce((total, pool) => total + pool[name], 0)
  return { size: sum('totalConnectionCount'), in_use: sum('currentCheckedOutCount'), waiting: sum('waitQueueSize') }
}
