import {
  GraphQLError, Kind, type ASTVisitor, type FragmentDefinitionNode, type SelectionSetNode, type ValidationContext
} from 'graphql'

/** Most tokens of a document; the introspection query of GraphiQL has some 250. Bounds the time of parsing and validation. */
export const MAX_TOKENS = 1000
/** Most levels of fields below the operation: two lists within each other with a link at their end need nine. */
export const MAX_DEPTH = 10
/** After so many faults validation stops. */
export const MAX_ERRORS = 10
/** Most documents kept parsed, and as many refused ones. */
export const MAX_CACHED_DOCUMENTS = 256

/** What any JSON text begins with, and no GraphQL document does. */
const JSON_START = /^\s*(?:\{\s*["}]|["[\d-]|(?:true|false|null)\s*$)/

/** Whether a text is JSON, which Mercurius would take for a parsed document and run past `MAX_TOKENS`. */
export function isJson (source: string): boolean {
  return JSON_START.test(source)
}

type Fragments = (name: string) => FragmentDefinitionNode | null | undefined

/** Levels of fields in a selection; each fragment is measured once, however often it is spread. */
function createMeter (fragmentOf: Fragments) {
  const measured = new Map<string, number>()

  function measureFragment (name: string): number {
    const known = measured.get(name)
    if (known !== undefined) return known
    // a fragment within itself, which another rule refuses, must not be followed for ever
    measured.set(name, 0)
    const depth = measure(fragmentOf(name)?.selectionSet)
    measured.set(name, depth)
    return depth
  }

  function measure (selectionSet: SelectionSetNode | undefined): number {
    const depths = selectionSet?.selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return measureFragment(selection.name.value)
      if (selection.kind === Kind.INLINE_FRAGMENT) return measure(selection.selectionSet)
      // introspection has a rule of its own among those of the specification
      return selection.name.value.startsWith('__') ? 1 : 1 + measure(selection.selectionSet)
    })
    return Math.max(0, ...depths ?? [])
  }

  return measure
}

/** Validation rule: no operation is deeper than `MAX_DEPTH`. */
export function MaxDepthRule (context: ValidationContext): ASTVisitor {
  const measure = createMeter((name) => context.getFragment(name))
  return {
    OperationDefinition (node) {
      const depth = measure(node.selectionSet)
      if (depth <= MAX_DEPTH) return
      context.reportError(new GraphQLError(`The operation is ${depth} levels deep; at most ${MAX_DEPTH} are allowed`, {
        nodes: node,
        extensions: { code: 'QUERY_TOO_DEEP' }
      }))
    }
  }
}
