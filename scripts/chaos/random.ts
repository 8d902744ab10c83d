import { hash } from '../market/walk.ts'

/** A sequence of choices that depends on nothing but its seed. */
export function createRandom (seed: number) {
  let place = 0
  const next = (): number => hash(seed, place++)
  const below = (limit: number): number => Math.floor(next() * limit)

  return {
    below,
    between: (least: number, most: number): number => least + below(most - least + 1),
    pick: <T>(list: readonly [T, ...T[]]): T => list[below(list.length)] ?? list[0],
    shuffle: <T>(list: readonly T[]): T[] => list.map((item) => ({ item, key: next() })).sort((a, b) => a.key - b.key).map(({ item }) => item)
  }
}
export type Random = ReturnType<typeof createRandom>
