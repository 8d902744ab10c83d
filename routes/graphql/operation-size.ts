import { Kind, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type SelectionNode, type SelectionSetNode } from 'graphql'
import { refusal } from './refusal.ts'

/** What a selection amounts to once every fragment is in the places where it is spread. */
export interface Size {
  /** Levels of fields. */
  depth: number
  /** Fields of the first level. */
  width: number
  fields: number
  aliases: number
  directives: number
  /** Fields that tell of the schema. */
  introspections: number
}

const NOTHING: Size = { depth: 0, width: 0, fields: 0, aliases: 0, directives: 0, introspections: 0 }
const INTROSPECTIONS = ['__schema', '__type']

function add (a: Size, b: Size): Size {
  return {
    depth: Math.max(a.depth, b.depth),
    width: a.width + b.width,
    fields: a.fields + b.fields,
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
    introspections: a.introspections + b.introspections
  }
}

function sizeOfField ({ name: { value: name }, alias }: FieldNode, inner: Size): Size {
  return {
    ...inner,
    // the depth of introspection has a rule among those of the specification
    depth: name.startsWith('__') ? 1 : 1 + inner.depth,
    width: 1,
    fields: 1 + inner.fields,
    aliases: inner.aliases + (alias ? 1 : 0),
    introspections: inner.introspections + (INTROSPECTIONS.includes(name) ? 1 : 0)
  }
}

/** Measures selections; each fragment is looked at once, however often it is spread. */
function createMeter (fragments: Map<string, FragmentDefinitionNode>) {
  const measured = new Map<string, Size | 'open'>()
  /** How often each name of an answer is selected, in the text as it stands. */
  const repeats = new Map<string, number>()

  function countName ({ alias, name }: FieldNode): void {
    const key = (alias ?? name).value
    repeats.set(key, 1 + (repeats.get(key) ?? 0))
  }

  function measureFragment (name: string): Size {
    const known = measured.get(name)
    if (known === 'open') throw refusal('CYCLIC_FRAGMENTS', `The fragment "${name}" is spread within itself`)
    if (known) return known
    measured.set(name, 'open')
    const size = measure(fragments.get(name)?.selectionSet)
    measured.set(name, size)
    return size
  }

  function measureSelection (selection: SelectionNode): Size {
    const { directives: { length: directives } = [] } = selection
    if (selection.kind === Kind.FRAGMENT_SPREAD) return add(measureFragment(selection.name.value), { ...NOTHING, directives })
    const inner = measure(selection.selectionSet)
    if (selection.kind === Kind.FIELD) countName(selection)
    return add(selection.kind === Kind.FIELD ? sizeOfField(selection, inner) : inner, { ...NOTHING, directives })
  }

  function measure (selectionSet: SelectionSetNode | undefined): Size {
    return selectionSet?.selections.map(measureSelection).reduce(add, NOTHING) ?? NOTHING
  }

  return { measure, measureFragment, repeats }
}

/** Where a fragment will be is not known: it has a size, but neither root nor depth. */
function asFragment (size: Size): Size {
  return { ...size, depth: 0, width: 0 }
}

/**
 * The size of each operation and fragment of a document, also of those that are not used: rules of validation look at
 * them too. Linear in the document, whatever it fans out to. An error if a fragment is spread within itself.
 */
export function measureDocument ({ definitions }: DocumentNode) {
  const fragments = new Map(definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]))
  const { measure, measureFragment, repeats } = createMeter(fragments)
  const operations = definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
  const sizes = [
    ...operations.map(({ selectionSet, directives = [] }) => add(measure(selectionSet), { ...NOTHING, directives: directives.length })),
    ...[...fragments.keys()].map((name) => asFragment(measureFragment(name)))
  ]
  return { sizes, repeats: Math.max(0, ...repeats.values()) }
}
