import type { FastifyBaseLogger } from 'fastify'
import type { Catalog } from './catalog.ts'
import { nameOf, type IndexDifference } from './compare.ts'
import type { IndexDeclaration } from './declarations.ts'

export interface IndexState {
  /** `failed`: not every declared index is there; the log says why. */
  status: 'pending' | 'ready' | 'failed'
  /** What differs from the declarations; `npm run indexes -- --apply` mends it, but for the extra ones. */
  differences: readonly IndexDifference[]
}

function groupByCollection (declarations: readonly IndexDeclaration[]): Map<string, IndexDeclaration[]> {
  const groups = new Map<string, IndexDeclaration[]>()
  for (const declaration of declarations) groups.set(declaration.collection, [...groups.get(declaration.collection) ?? [], declaration])
  return groups
}

const isMissing = ({ kind }: IndexDifference): boolean => kind === 'missing'

/** Brings the indexes of the database up to the declarations: gently at the start, fully on command. */
export function createIndexCreation (catalog: Catalog, log: Pick<FastifyBaseLogger, 'warn' | 'error'>) {
  const state: IndexState = { status: 'pending', differences: [] }

  /** Creates indexes of a collection in one command, which reads it once; if that fails, one by one. */
  async function createIndexSafely (collection: string, declarations: readonly IndexDeclaration[]): Promise<void> {
    try {
      await catalog.create(collection, declarations)
    } catch (error) {
      const [first, second] = declarations
      if (second) for (const declaration of declarations) await createIndexSafely(collection, [declaration])
      else log.error({ err: error, collection, index: first && nameOf(first) }, 'index not created')
    }
  }

  async function createMissing (): Promise<IndexDifference[]> {
    const differences = await catalog.check()
    const missing = catalog.declarationsOf(differences.filter(isMissing))
    if (missing.length === 0) return differences
    await Promise.all([...groupByCollection(missing)].map(([name, declarations]) => createIndexSafely(name, declarations)))
    return await catalog.check()
  }

  return {
    state,

    /** Creates what is missing and reports what is different; false where the database could not be asked. Never throws, never drops an index. */
    async ensure (): Promise<boolean> {
      try {
        state.differences = await createMissing()
        state.status = state.differences.some(isMissing) ? 'failed' : 'ready'
      } catch (error) {
        // once, however often it is tried
        if (state.status === 'pending') log.error({ err: error }, 'indexes not checked')
        state.status = 'failed'
        return false
      }
      for (const difference of state.differences) {
        if (difference.kind === 'different') log.warn(difference, 'index differs from its declaration')
      }
      return true
    },

    /** Replaces what is different and creates what is missing; returns what still differs. Throws if an index cannot be replaced. */
    async apply (): Promise<IndexDifference[]> {
      for (const difference of await catalog.check()) {
        if (difference.kind === 'different') await catalog.replace(difference, catalog.declarationsOf([difference]))
      }
      state.differences = await createMissing()
      return [...state.differences]
    }
  }
}
