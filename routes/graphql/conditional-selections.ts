import { Kind, visit, type DirectiveNode, type DocumentNode, type SelectionNode } from 'graphql'

function isCondition ({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include'
}

function hasConditionalSelections (document: DocumentNode): boolean {
  let isFound = false
  function look (node: SelectionNode): void {
    const isLeaf = node.kind === Kind.FIELD && node.selectionSet === undefined
    if (!isLeaf && node.directives?.some(isCondition)) isFound = true
  }
  visit(document, { Field: look, FragmentSpread: look, InlineFragment: look })
  return isFound
}

/**
 * Whether a document must not be compiled: graphql-jit 0.8 loses the `@skip` or `@include` of a fragment, or of a field
 * with selections of its own, for a fragment inside if the same field is also selected elsewhere. It then answers with
 * fields that were not asked for. Conditions of single values hold. Each document is looked at once.
 */
export function createInterpretedOnly (): (document: DocumentNode) => boolean {
  const known = new WeakMap<DocumentNode, boolean>()
  return function isInterpretedOnly (document) {
    let answer = known.get(document)
    if (answer === undefined) {
      answer = hasConditionalSelections(document)
      known.set(document, answer)
    }
    return answer
  }
}
