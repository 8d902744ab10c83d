import type { Cache, CacheDefinition, KeyPart } from './definition.ts'
import { decodeValue, type Entry } from './entry.ts'
import type { Wanted } from './entry-source.ts'
import { createFlights } from './flights.ts'
import type { Held } from './memory-tier.ts'
import { createObtaining, type ValueTools } from './obtaining.ts'
import { EVERYTHING } from './tag-clock.ts'

/** Reads values through memory, the shared tier and at last their load. */
export function createValues<TArgs extends readonly KeyPart[], T> ({ name, tags, load }: CacheDefinition<TArgs, T>, tools: ValueTools): Cache<TArgs, T> {
  const { clock, counts } = tools
  const { current, obtain, renew } = createObtaining(tools)
  const join = createFlights<Held>(clock)
  const joinRefresh = createFlights<Held>(clock)

  const wantedOf = (args: TArgs): Wanted =>
    ({ key: `${name}:${JSON.stringify(args)}`, tags: [EVERYTHING, ...tags?.(...args) ?? []], load: () => load(...args) })

  const joinTo = (wanted: Wanted, bound: 'freshUntil' | 'staleUntil'): Promise<Held> =>
    join(wanted.key, wanted.tags, (since) => obtain(wanted, since, bound))

  async function find (args: TArgs): Promise<Held> {
    const wanted = wantedOf(args)
    const held = current(wanted)
    const now = Date.now()
    if (held === undefined || now >= held.staleUntil) {
      counts.memory.miss += 1
      return await joinTo(wanted, 'staleUntil')
    }
    held.hits += 1
    const isFresh = now < held.freshUntil
    counts.memory[isFresh ? 'hit' : 'stale'] += 1
    // who reads has an answer: a failure shows in the counts, and to the first reader after `staleUntil`
    if (!isFresh) joinTo(wanted, 'freshUntil').catch(() => {})
    return held
  }

  const valueOf = ({ bytes }: Entry): T => decodeValue(bytes) as T

  return {
    get: async (...args) => valueOf(await find(args)),

    async read (...args) {
      const held = await find(args)
      return { value: valueOf(held), ageMs: Date.now() - held.loadedAt }
    },

    async refresh (...args) {
      const wanted = wantedOf(args)
      return valueOf(await joinRefresh(wanted.key, wanted.tags, (since) => renew(wanted, since)))
    }
  }
}
