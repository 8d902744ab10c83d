import {
  Kind, getNamedType, isAbstractType, isCompositeType, isInterfaceType, isUnionType,
  type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLCompositeType, type GraphQLField,
  type GraphQLSchema, type OperationDefinitionNode, type SelectionNode, type SelectionSetNode
} from 'graphql'
import { hintOf, type Hint } from './cache-hints.ts'
import { PolicySum, type CachePolicy } from './cache-sum.ts'

const PRIVATE: Hint = { maxAge: 0, scope: 'PRIVATE' }
const NOT_KEPT: Hint = { maxAge: 0, scope: undefined }

type Type = GraphQLCompositeType | undefined

interface Walk {
  sum: PolicySum
  /** What is left to look at; no type if the schema does not have it. */
  steps: Array<{ selectionSet: SelectionSetNode, type: Type }>
  /** Fragments left: each is looked at once, however often it is spread, since hints are the same wherever a field is. */
  fragments: Map<string, FragmentDefinitionNode | 'seen'>
}

function fragmentsOf ({ definitions }: DocumentNode): Walk['fragments'] {
  return new Map(definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]))
}

/**
 * Measures the policy of a query in time linear in the size of its document. Careful: `@skip` and `@include` leave
 * nothing out, and what the schema does not have makes the answer private.
 */
export function createCacheMeter (schema: GraphQLSchema) {
  const root = schema.getQueryType() ?? undefined

  function possibleTypesOf (type: GraphQLCompositeType): readonly GraphQLCompositeType[] {
    return isAbstractType(type) ? [type, ...schema.getPossibleTypes(type)] : [type]
  }

  /** The field of a type and, if that is abstract, of all that it may stand for; none if the type does not have it. */
  function fieldsOf (type: Type, name: string): Array<GraphQLField<unknown, unknown>> {
    if (type === undefined || isUnionType(type) || type.getFields()[name] === undefined) return []
    const types = isInterfaceType(type) ? [type, ...schema.getPossibleTypes(type)] : [type]
    return types.map((possible) => possible.getFields()[name]).filter((field) => field !== undefined)
  }

  function typeNamed (name: string): Type {
    const type = schema.getType(name)
    return isCompositeType(type) ? type : undefined
  }

  function visitField ({ name: { value: name }, selectionSet }: FieldNode, parent: Type, { sum, steps }: Walk): void {
    if (name === '__typename') return
    // fields that tell of the schema are of the root, without a hint
    if (name.startsWith('__')) return sum.add(NOT_KEPT)
    const fields = fieldsOf(parent, name)
    const [field] = fields
    if (field === undefined) return sum.add(PRIVATE)

    for (const possible of fields) sum.add(hintOf(possible, parent === root))
    const type = getNamedType(field.type)
    if (!isCompositeType(type)) return
    for (const possible of possibleTypesOf(type)) sum.addType(possible.name)
    if (selectionSet) steps.push({ selectionSet, type })
  }

  function visitSpread (name: string, { sum, steps, fragments }: Walk): void {
    const fragment = fragments.get(name)
    if (fragment === 'seen') return
    if (fragment === undefined) return sum.add(PRIVATE)
    fragments.set(name, 'seen')
    steps.push({ selectionSet: fragment.selectionSet, type: typeNamed(fragment.typeCondition.name.value) })
  }

  function visit (selection: SelectionNode, parent: Type, walk: Walk): void {
    if (selection.kind === Kind.FIELD) return visitField(selection, parent, walk)
    if (selection.kind === Kind.FRAGMENT_SPREAD) return visitSpread(selection.name.value, walk)
    const { typeCondition, selectionSet } = selection
    walk.steps.push({ selectionSet, type: typeCondition ? typeNamed(typeCondition.name.value) : parent })
  }

  return function measure (document: DocumentNode, { selectionSet }: OperationDefinitionNode): CachePolicy {
    const walk: Walk = { sum: new PolicySum(), steps: [{ selectionSet, type: root }], fragments: fragmentsOf(document) }
    // steps are added while they are taken
    for (const { selectionSet: { selections }, type } of walk.steps) {
      for (const selection of selections) visit(selection, type, walk)
    }
    return walk.sum.policy
  }
}
