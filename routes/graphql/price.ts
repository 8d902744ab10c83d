import {
  Kind, OperationTypeNode, getNamedType, getOperationAST, isObjectType,
  type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLObjectType, type GraphQLSchema,
  type OperationDefinitionNode, type SelectionNode, type SelectionSetNode
} from 'graphql'
import type { RequestParams } from 'graphql-http'
import { LIST_SIZE, isList, sizeOf, variablesOf, type Variables } from './page-sizes.ts'
import { createParsedDocuments } from './parsed-documents.ts'
import { BASE, LEAF, MUTATION_UNITS, OBJECT, toUnits } from './weights.ts'

type Operation = Pick<RequestParams, 'query' | 'operationName' | 'variables'>

/** What the parts of a selection have in common. */
interface Place {
  type: GraphQLObjectType
  /** Length of the next list below, if a field above has said it. */
  size: number | undefined
}

/** Thousandths for asking for the schema, whose size no argument tells: more than the whole of it. */
const INTROSPECTION = 100_000

/** Whether the text itself leaves a selection out; what variables decide counts as included. It may not be valid yet. */
function isLeftOut ({ directives = [] }: SelectionNode): boolean {
  const says = (directive: string, wanted: boolean) => directives.some(({ name, arguments: given }) => name.value === directive &&
    given?.some(({ name: { value: key }, value }) => key === 'if' && value.kind === Kind.BOOLEAN && value.value === wanted))
  return says('skip', true) || says('include', false)
}

/** Weighs selections; each fragment once for each length of the next list below it. */
function createScale (fragments: Map<string, FragmentDefinitionNode>, variables: Variables) {
  const weighed = new Map<string, number>()

  function weighFragment (name: string, place: Place): number {
    const key = `${name} ${place.size ?? ''}`
    const known = weighed.get(key)
    if (known !== undefined) return known
    // a fragment within itself, which is refused, must not be followed for ever
    weighed.set(key, 0)
    const weight = weigh(fragments.get(name)?.selectionSet, place)
    weighed.set(key, weight)
    return weight
  }

  function weighField (node: FieldNode, place: Place): number {
    const { name: { value: name }, selectionSet } = node
    if (name.startsWith('__')) return name === '__typename' ? LEAF : INTROSPECTION
    const field = place.type.getFields()[name]
    if (!field) return LEAF
    const size = sizeOf(field, node, variables) ?? place.size
    const count = isList(field.type) ? size ?? LIST_SIZE : 1
    const type = getNamedType(field.type)
    if (!isObjectType(type)) return count * LEAF
    // the list has taken the size
    return count * (OBJECT + weigh(selectionSet, { type, size: isList(field.type) ? undefined : size }))
  }

  function weighSelection (node: SelectionNode, place: Place): number {
    if (isLeftOut(node)) return 0
    if (node.kind === Kind.FIELD) return weighField(node, place)
    return node.kind === Kind.FRAGMENT_SPREAD ? weighFragment(node.name.value, place) : weigh(node.selectionSet, place)
  }

  function weigh (selectionSet: SelectionSetNode | undefined, place: Place): number {
    return selectionSet?.selections.reduce((sum, node) => sum + weighSelection(node, place), 0) ?? 0
  }

  return weigh
}

/**
 * The price of operations before they run, in whole units, at least 1: 1 + 0.02 for each object and 0.002 for each other
 * value that the answer may have, as often as the pages that it is in are long; 10 more for a mutation. It takes time
 * that is linear in the document, and for what cannot run, which is refused, the price is 1. No type of the schema is abstract.
 */
export function createPricing (schema: GraphQLSchema, documentOf = createParsedDocuments()) {
  function weightOf ({ definitions }: DocumentNode, operation: OperationDefinitionNode, given: Variables): number {
    const type = schema.getRootType(operation.operation)
    if (!type) return 0
    const fragments = new Map(definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]))
    return createScale(fragments, variablesOf(operation, given))(operation.selectionSet, { type, size: undefined })
  }

  function parsed (query: string): DocumentNode | undefined {
    try {
      return documentOf(query)
    } catch {
      return undefined
    }
  }

  function priceOf ({ query, operationName, variables }: Operation): number {
    const document = parsed(query)
    const operation = document && getOperationAST(document, operationName || undefined)
    if (!operation) return 1
    const price = toUnits(BASE + weightOf(document, operation, variables ?? {}))
    return operation.operation === OperationTypeNode.MUTATION ? Math.min(Number.MAX_SAFE_INTEGER, price + MUTATION_UNITS) : price
  }

  /** The price of a batch: that of all of its operations. */
  function pricesOf (operations: readonly Operation[]): number {
    return Math.min(Number.MAX_SAFE_INTEGER, operations.reduce((sum, operation) => sum + priceOf(operation), 0))
  }

  return { priceOf, pricesOf }
}
