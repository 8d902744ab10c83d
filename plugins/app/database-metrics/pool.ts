import type { ConnectionPoolMonitoringEvent } from 'mongodb'

type PoolEvent = Pick<ConnectionPoolMonitoringEvent, 'address'>
type ConnectionEvent = PoolEvent & { connectionId: number | '<monitor>' }

/** The connections to one server. */
class ServerPool {
  readonly inUse = new Set<number>()
  #newest = 0
  #closed = 0
  #waiting = 0

  get size (): number { return this.#newest - this.#closed }
  get waiting (): number { return this.#waiting }

  /** The driver numbers the connections of a server from 1. */
  see (id: number): void { this.#newest = Math.max(this.#newest, id) }

  close (id: number): void {
    this.#closed++
    this.inUse.delete(id)
  }

  startWaiting (): void { this.#waiting++ }
  // a wait that began before we listened ends without a start
  endWaiting (): void { this.#waiting = Math.max(0, this.#waiting - 1) }
}

/**
 * Counts the connections of the driver's pools by its events. The first connections are made before anyone can
 * listen, so they are counted by their numbers, not by the events of their creation.
 */
export function createPoolCounter () {
  const pools = new Map<string, ServerPool>()

  function poolOf ({ address }: PoolEvent): ServerPool {
    const pool = pools.get(address) ?? new ServerPool()
    pools.set(address, pool)
    return pool
  }

  function see (event: ConnectionEvent): { pool: ServerPool, id: number } {
    const pool = poolOf(event)
    const id = Number(event.connectionId)
    pool.see(id)
    return { pool, id }
  }

  function doWith (act: (pool: ServerPool, id: number) => void): (event: ConnectionEvent) => void {
    return (event) => {
      const { pool, id } = see(event)
      act(pool, id)
    }
  }

  function count () {
    const all = [...pools.values()]
    const sum = (of: (pool: ServerPool) => number) => all.reduce((total, pool) => total + of(pool), 0)
    return { size: sum(({ size }) => size), in_use: sum(({ inUse }) => inUse.size), waiting: sum(({ waiting }) => waiting) }
  }

  return {
    created: (event: ConnectionEvent) => { see(event) },
    closed: doWith((pool, id) => { pool.close(id) }),
    checkedOut: doWith((pool, id) => { pool.inUse.add(id) }),
    checkedIn: doWith((pool, id) => { pool.inUse.delete(id) }),
    checkOutStarted: (event: PoolEvent) => { poolOf(event).startWaiting() },
    checkOutEnded: (event: PoolEvent) => { poolOf(event).endWaiting() },
    /** The servers of a cluster come and go; their numbers go with them. */
    poolClosed: ({ address }: PoolEvent) => { pools.delete(address) },
    count
  }
}
