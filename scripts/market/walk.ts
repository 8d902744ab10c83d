const MINUTE_MS = 60_000
/** Waves of the walk: the longer one takes, the further it goes, as in a random walk. */
const WAVES = [1, 8, 60, 480, 4320, 43_200].map((minutes) => ({ lengthMs: minutes * MINUTE_MS, height: 0.0004 * Math.sqrt(minutes) }))

/** A number in [0, 1) that depends on nothing but its two arguments: steps of an integer hash. */
export function hash (seed: number, place: number): number {
  let mixed = Math.imul(seed ^ Math.imul(place | 0, 0x9e3779b1), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x27d4eb2f)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
}

/** Between −1 and 1, continuous in time: heights at fixed places, joined by lines. */
function wave (seed: number, time: number, lengthMs: number): number {
  const place = Math.floor(time / lengthMs)
  const part = time / lengthMs - place
  const height = hash(seed, place) * (1 - part) + hash(seed, place + 1) * part
  return 2 * height - 1
}

/** A random walk about `level` that can be read at any time without walking there: the same seed, the same prices. */
export function createWalk (level: number, seed: number) {
  return function priceAt (time: number): number {
    const log = WAVES.reduce((sum, { lengthMs, height }, i) => sum + height * wave(seed + i, time, lengthMs), 0)
    return level * Math.exp(log)
  }
}
