import fc from 'fast-check'
import t from 'tap'
import { buildCache, PATIENT } from '../../../caches.ts'
import { needsRedis, startRedis } from '../../../redis.ts'

const KEYS = ['a', 'b'] as const
const instance = fc.nat(1)
const key = fc.constantFrom(...KEYS)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('get', 'start', 'refresh'), instance, key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('write', 'invalidate'), instance, key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('turn'), instance, key }) }
)

t.test('no instance reads a value older than the last invalidation that was acknowledged there', needsRedis, async (t) => {
  const { url } = await startRedis(t)
  const instances = [await buildCache(t, { ...PATIENT, REDIS_URL: url }), await buildCache(t, { ...PATIENT, REDIS_URL: url })]
  const stored = { a: 0, b: 0 }
  const caches = instances.map(({ cache }) => cache.define({
    name: 'values',
    ttlMs: 60_000,
    staleMs: 60_000,
    tags: (key: 'a' | 'b') => [key],
    async load (key: 'a' | 'b') {
      const value = stored[key]
      await new Promise(setImmediate)
      return value
    }
  }))

  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    /** What each instance must read at least, by key. */
    const floors = [{ ...stored }, { ...stored }]
    const running: Array<Promise<void>> = []
    for (const tag of KEYS) await Promise.all(instances.map(({ cache }) => cache.invalidate([tag])))

    async function read (number: number, key: 'a' | 'b', how: 'get' | 'refresh'): Promise<void> {
      const floor = floors[number]?.[key] ?? NaN
      const value = await caches[number]?.[how](key)
      if (value === undefined || value < floor) throw new Error(`instance ${number} read ${key} = ${value}, not ${floor}`)
    }
    const actions: Record<string, (number: number, key: 'a' | 'b') => Promise<void>> = {
      get: (number, key) => read(number, key, 'get'),
      refresh: (number, key) => read(number, key, 'refresh'),
      start: async (number, key) => { running.push(read(number, key, 'get')) },
      write: async (_number, key) => { stored[key] += 1 },
      turn: () => new Promise(setImmediate),
      async invalidate (number, key) {
        const value = stored[key]
        await instances[number]?.cache.invalidate([key])
        floors[number] = { ...floors[number] ?? stored, [key]: value }
      }
    }
    for (const { kind, instance, key } of steps) await actions[kind]?.(instance, key)
    await Promise.all(running)
  }), { numRuns: 100 })
})
