import { Kind, getOperationAST, type DocumentNode, type FragmentDefinitionNode, type SelectionNode } from 'graphql'
import type { FastifyInstance } from 'fastify'
import type { RequestParams } from 'graphql-http'
import { isMutation } from './executor.ts'
import type { DocumentOf } from './parsed-documents.ts'

/** Collects the names in the answer that fields of `wanted` have; what directives may leave out counts. Each fragment is walked once. */
function createCollector (document: DocumentNode, wanted: ReadonlySet<string>) {
  const fragments = new Map(document.definitions.filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]))
  const found = new Set<string>()

  function enter (name: string): void {
    const fragment = fragments.get(name)
    fragments.delete(name)
    fragment?.selectionSet.selections.forEach(visit)
  }

  function visit (node: SelectionNode): void {
    if (node.kind === Kind.FRAGMENT_SPREAD) return enter(node.name.value)
    if (node.kind === Kind.INLINE_FRAGMENT) return node.selectionSet.selections.forEach(visit)
    if (wanted.has(node.name.value)) found.add(node.alias?.value ?? node.name.value)
  }

  return { found, visit }
}

/**
 * One key, one deed: a request has one `Idempotency-Key`, so it may have one mutation that moves money, in whichever of its
 * operations. 400 `TOO_MANY_MONEY_MUTATIONS` for more, before anything is done.
 */
export function createMoneyRule ({ httpErrors }: Pick<FastifyInstance, 'httpErrors'>, names: readonly string[], documentOf: DocumentOf) {
  const wanted = new Set(names)

  function countOf ({ query, operationName }: RequestParams): number {
    const document = documentOf(query)
    const { found, visit } = createCollector(document, wanted)
    getOperationAST(document, operationName || undefined)?.selectionSet.selections.forEach(visit)
    return found.size
  }

  return function requireOne (operations: readonly RequestParams[]): void {
    const count = operations.filter((operation) => isMutation(operation, documentOf)).reduce((sum, operation) => sum + countOf(operation), 0)
    if (count <= 1) return
    throw httpErrors.createError(400, 'A request moves money by one mutation, which its Idempotency-Key stands for', { code: 'TOO_MANY_MONEY_MUTATIONS' })
  }
}
