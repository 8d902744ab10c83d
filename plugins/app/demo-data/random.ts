export type Random = ReturnType<typeof createRandom>

/** A sequence of numbers that depends on nothing but its seed (mulberry32, by Tommy Ettinger, public domain). */
export function createRandom (seed: number) {
  let state = seed | 0

  /** In [0, 1). */
  function next (): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const between = (least: number, below: number): number => least + next() * (below - least)
  const integer = (least: number, below: number): number => Math.floor(between(least, below))

  return {
    next,
    between,
    integer,
    chance: (probability: number): boolean => next() < probability,
    /** An item of the list; a `skew` above 1 prefers the first ones. */
    pick<T> (list: readonly [T, ...T[]], skew = 1): T {
      const place = Math.floor(list.length * next() ** skew)
      const [picked = list[0]] = list.slice(place, place + 1)
      return picked
    },
    /** A new list in another order. */
    shuffle: <T>(list: readonly T[]): T[] =>
      list.map((item) => ({ item, place: next() })).sort((a, b) => a.place - b.place).map(({ item }) => item)
  }
}
