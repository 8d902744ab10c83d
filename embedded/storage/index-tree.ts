import sortedBtree from 'sorted-btree'
import { compareKeys, idOf, inverted, keyOf } from '../bson/keys.ts'
import { elements, reader } from '../bson/paths.ts'
import type { Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { matcher, type Test } from '../query/matcher.ts'

const BTree = sortedBtree.default

export interface IndexSpec {
  name: string
  key: Record<string, 1 | -1>
  unique?: boolean
  sparse?: boolean
  partialFilterExpression?: Doc
  expireAfterSeconds?: number
}

interface IndexField { path: string, descending: boolean, read: (doc: Doc) => unknown[], encode: (value: unknown) => string }

const fieldOf = (path: string, descending: boolean): IndexField =>
  ({ path, descending, read: reader(path), encode: descending ? (value) => inverted(keyOf(value)) : keyOf })

/** Follows every key of the `_id` index, where others have the document's id. */
const LAST = '\x01'

/** An ordered index: a B-tree from the fields' keys, followed by the document's id, to the document. */
export class IndexTree {
  readonly spec: IndexSpec
  readonly fields: IndexField[]
  readonly isId: boolean
  /** Some document has several keys, because a field holds an array. Never reset, as in MongoDB. */
  multikey = false
  tree = new BTree<string, Doc>(undefined, compareKeys)
  readonly #covers: Test

  constructor (spec: IndexSpec, like?: IndexTree) {
    this.spec = spec
    this.fields = like?.fields ?? Object.entries(spec.key).map(([path, order]) => fieldOf(path, order === -1))
    this.isId = spec.name === '_id_'
    this.#covers = like ? like.#covers : matcher(spec.partialFilterExpression ?? {})
  }

  /** An independent copy in constant time: nodes are shared until one side changes them. */
  clone (): IndexTree {
    const copy = new IndexTree(this.spec, this)
    copy.tree = this.tree.clone()
    copy.multikey = this.multikey
    return copy
  }

  /** The keys of a document without its id; none if the index does not hold it. */
  keys (doc: Doc): string[] {
    if (this.isId) return [idOf(doc)]
    if (!this.#covers(doc)) return []
    let key = ''
    let present = !this.spec.sparse
    for (const { read, encode } of this.fields) {
      const found = read(doc)
      const [value] = found
      if (found.length !== 1 || Array.isArray(value)) return this.#manyKeys(doc)
      present ||= value !== undefined
      key += encode(value)
    }
    return present ? [key] : []
  }

  /** A key for each element of an array, which may be under one of the fields only. */
  #manyKeys (doc: Doc): string[] {
    const everything = this.fields.map(({ read }) => read(doc))
    if (this.spec.sparse && everything.flat().every((value) => value === undefined)) return []
    let keys = ['']
    let arrays = 0
    for (const [i, found] of everything.entries()) {
      const { encode } = this.fields[i]!
      const values = elements(found)
      if (values !== found) arrays++
      keys = keys.flatMap((key) => values.map((value) => key + encode(value)))
    }
    if (arrays > 1) fail(171, 'cannot index parallel arrays')
    this.multikey = true
    return [...new Set(keys)]
  }

  entry (key: string, id: string): string {
    return key + (this.isId ? LAST : id)
  }

  /** The documents, other than that of `id`, which hold one of the keys. */
  * holders (keys: string[], id: string): Generator<Doc> {
    for (const key of keys) {
      const pair = this.tree.getPairOrNextHigher(key)
      if (pair?.[0].startsWith(key) && idOf(pair[1]) !== id) yield pair[1]
    }
  }

  keyValue (doc: Doc): Doc {
    return Object.fromEntries(this.fields.map(({ path, read }) => [path, elements(read(doc))[0] ?? null]))
  }

  find (id: string): Doc | undefined {
    return this.tree.get(id + LAST)
  }
}

export const describe = (index: IndexTree): Doc => ({ v: 2, ...index.spec, key: { ...index.spec.key } })

/** The date after which a TTL index lets a document go: the earliest of an array's dates. */
export function expiry (index: IndexTree, doc: Doc): number {
  const dates = elements(index.fields[0]!.read(doc)).filter((value) => value instanceof Date)
  return Math.min(...dates.map(Number)) + index.spec.expireAfterSeconds! * 1000
}
