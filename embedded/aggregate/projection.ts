import { isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { evaluator, type Runtime } from './runtime.ts'

/** What happens to a field: kept, dropped, computed, or decided by the fields below it. */
type Node = boolean | ((doc: Doc) => unknown) | Tree
type Tree = Map<string, Node>
type Mode = 'include' | 'exclude' | 'add'

const isFlag = (value: unknown): boolean => typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint'

function plant (tree: Tree, parts: string[], node: Node): void {
  const [part, ...rest] = parts as [string, ...string[]]
  const below = tree.get(part)
  if (part === '' || part.startsWith('$')) fail(238, `the projection of '${parts.join('.')}' is not supported`)
  if (below !== undefined && (rest.length === 0 || !(below instanceof Map))) fail(31250, `Path collision at ${part}`)
  const child: Tree = below instanceof Map ? below : new Map<string, Node>()
  tree.set(part, rest.length === 0 ? node : child)
  if (rest.length > 0) plant(child, rest, node)
}

/** Every path of a specification with what is said about it. */
function leaves (spec: Doc, prefix = ''): [string, unknown][] {
  return Object.entries(spec).flatMap(([key, value]): [string, unknown][] => {
    const isNested = isDoc(value) && Object.keys(value).length > 0 && !Object.keys(value)[0]!.startsWith('$')
    return isNested ? leaves(value, `${prefix}${key}.`) : [[prefix + key, value]]
  })
}

function hasComputed (tree: Tree): boolean {
  return [...tree.values()].some((node) => typeof node === 'function' || (node instanceof Map && hasComputed(node)))
}

function shapeValue (value: unknown, tree: Tree, mode: Mode, root: Doc): unknown {
  if (Array.isArray(value)) return value.map((item) => shapeValue(item, tree, mode, root)).filter((item) => item !== undefined)
  if (isDoc(value)) return shape(value, tree, mode, root)
  if (mode === 'exclude') return value
  return mode === 'add' || hasComputed(tree) ? shape({}, tree, mode, root) : undefined
}

function put (out: Doc, key: string, value: unknown): void {
  if (value === undefined) delete out[key]
  else out[key] = value
}

/** What becomes of a field that is there; computed ones get their value later, in `add` mode at the old place. */
function shapedField (value: unknown, node: Node, mode: Mode, root: Doc): unknown {
  if (node instanceof Map) return shapeValue(value, node, mode, root)
  return node === true || (typeof node === 'function' && mode === 'add') ? value : undefined
}

function shape (doc: Doc, tree: Tree, mode: Mode, root: Doc): Doc {
  const out: Doc = {}
  for (const key of Object.keys(doc)) put(out, key, shapedField(doc[key], tree.get(key) ?? mode !== 'include', mode, root))
  for (const [key, node] of tree) {
    if (typeof node === 'function') put(out, key, node(root))
    else if (node instanceof Map && !Object.hasOwn(doc, key) && hasComputed(node)) put(out, key, shape({}, node, mode, root))
  }
  return out
}

function modeOf (entries: [string, unknown][]): Mode {
  const flags = entries.filter(([path, value]) => path !== '_id' && isFlag(value))
  const excluded = flags.filter(([, value]) => !value)
  const others = entries.filter(([path, value]) => path !== '_id' && (!isFlag(value) || Boolean(value)))
  if (excluded.length > 0 && others.length > 0) fail(31254, `Cannot do exclusion on field ${excluded[0]![0]} in inclusion projection`)
  if (excluded.length > 0) return 'exclude'
  return others.length > 0 || entries.some(([, value]) => value) ? 'include' : 'exclude'
}

/** A projection of `find` or `$project`. */
export function projector (spec: Doc, runtime: Runtime): (doc: Doc) => Doc {
  const entries = leaves(spec)
  if (entries.length === 0) return (doc) => doc
  const mode = modeOf(entries)
  const tree: Tree = new Map()
  if (mode === 'include' && !('_id' in spec)) tree.set('_id', true)
  for (const [path, value] of entries) plant(tree, path.split('.'), isFlag(value) ? Boolean(value) : evaluator(value, runtime))
  return (doc) => shape(doc, tree, mode, doc)
}

/** `$addFields`: computed fields, put beside the others or in their place. */
export function extender (spec: Doc, runtime: Runtime): (doc: Doc) => Doc {
  const tree: Tree = new Map()
  for (const [path, value] of leaves(spec)) plant(tree, path.split('.'), evaluator(value, runtime))
  return (doc) => shape(doc, tree, 'add', doc)
}
