import type { TagClock } from './tag-clock.ts'

interface Flight<T> {
  since: number
  result: Promise<T>
}

/** One load per key at a time. A load that began before an invalidation of its tags is not joined: it may miss the change. */
export function createFlights<T> (clock: TagClock) {
  const flights = new Map<string, Flight<T>>()

  return function join (key: string, tags: readonly string[], load: (since: number) => Promise<T>): Promise<T> {
    const known = flights.get(key)
    if (known && clock.isCurrent(tags, known.since)) return known.result

    const since = clock.now()
    const flight = { since, result: load(since).finally(() => { if (flights.get(key) === flight) flights.delete(key) }) }
    flights.set(key, flight)
    return flight.result
  }
}
