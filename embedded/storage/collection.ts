import { idOf } from '../bson/keys.ts'
import { show, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { IndexTree, type IndexSpec } from './index-tree.ts'

function duplicate (ns: string, index: IndexTree, doc: Doc): never {
  const keyValue = index.keyValue(doc)
  const shown = Object.entries(keyValue).map(([path, value]) => `${path}: ${show(value)}`).join(', ')
  return fail(11000, `E11000 duplicate key error collection: ${ns} index: ${index.spec.name} dup key: { ${shown} }`,
    { keyPattern: { ...index.spec.key }, keyValue })
}

/** The documents of a namespace, held by each of its indexes; `_id_` holds them all. */
export class Collection {
  readonly ns: string
  readonly created: number
  readonly byId: IndexTree
  readonly indexes: Map<string, IndexTree>

  constructor (ns: string, created: number, indexes = [new IndexTree({ name: '_id_', key: { _id: 1 } })]) {
    this.ns = ns
    this.created = created
    this.byId = indexes[0]!
    this.indexes = new Map(indexes.map((index) => [index.spec.name, index]))
  }

  get size (): number {
    return this.byId.tree.size
  }

  clone (): Collection {
    return new Collection(this.ns, this.created, [...this.indexes.values()].map((index) => index.clone()))
  }

  find (id: string): Doc | undefined {
    return this.byId.find(id)
  }

  /** The other documents that have a unique key of a document. */
  holders (doc: Doc): Doc[] {
    return [...this.indexes.values()].filter(({ spec }) => spec.unique).flatMap((index) => [...index.holders(index.keys(doc), idOf(doc))])
  }

  /**
   * Puts `next` in the place of `old`; either may be missing.
   * @throws DuplicateKey, before anything changes, if another document has the id or a unique key of `next`
   */
  replace (old: Doc | undefined, next: Doc | undefined): void {
    const id = idOf((next ?? old)!)
    if (!old && this.find(id)) duplicate(this.ns, this.byId, next!)
    const changes = [...this.indexes.values()].map((index) =>
      ({ index, after: next ? this.#freeKeys(index, next, id) : [], before: old ? index.keys(old) : [] }))
    for (const { index, before, after } of changes) {
      for (const key of before) if (!after.includes(key)) index.tree.delete(index.entry(key, id))
      for (const key of after) index.tree.set(index.entry(key, id), next!)
    }
  }

  #freeKeys (index: IndexTree, doc: Doc, id: string): string[] {
    const keys = index.keys(doc)
    if (index.spec.unique) for (const holder of index.holders(keys, id)) duplicate(this.ns, index, holder)
    return keys
  }

  addIndex (spec: IndexSpec): void {
    const index = new IndexTree(spec)
    for (const doc of this.byId.tree.values()) {
      const id = idOf(doc)
      for (const key of this.#freeKeys(index, doc, id)) index.tree.set(index.entry(key, id), doc)
    }
    this.indexes.set(spec.name, index)
  }
}
