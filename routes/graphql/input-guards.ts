import { Kind, visit, type ArgumentNode, type DocumentNode, type ListValueNode, type ValueNode } from 'graphql'
import { MAX_INPUT_LEVELS, MAX_LIST_ITEMS, MAX_PAGE_SIZE } from './limits.ts'
import { refusal } from './refusal.ts'

const PAGE_SIZES = ['first', 'last']

function requirePage (size: unknown): void {
  if (typeof size === 'number' && size > MAX_PAGE_SIZE) throw refusal('PAGE_TOO_LARGE', `A page has at most ${MAX_PAGE_SIZE} items`)
}

function requireShort ({ length }: { length: number }): void {
  if (length > MAX_LIST_ITEMS) throw refusal('LIST_TOO_LONG', `A list has at most ${MAX_LIST_ITEMS} items`)
}

function requirePageValue (value: ValueNode | undefined): void {
  if (value?.kind === Kind.INT) requirePage(Number(value.value))
}

/** Refuses long lists and large pages in a document. Gives the names of variables that sizes of pages come from. */
export function inspectArguments (document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    ListValue: ({ values }: ListValueNode) => requireShort(values),
    Argument ({ name, value }: ArgumentNode) {
      if (!PAGE_SIZES.includes(name.value)) return
      if (value.kind === Kind.VARIABLE) names.add(value.name.value)
      requirePageValue(value)
    }
  })
  for (const { variableDefinitions = [] } of document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)) {
    for (const { variable, defaultValue } of variableDefinitions) {
      if (names.has(variable.name.value)) requirePageValue(defaultValue)
    }
  }
  return [...names]
}

function inspectValue (value: unknown, levels: number): void {
  if (typeof value !== 'object' || value === null) return
  if (levels === 0) throw refusal('INPUT_TOO_DEEP', `Variables have at most ${MAX_INPUT_LEVELS} levels`)
  if (Array.isArray(value)) requireShort(value)
  for (const item of Object.values(value)) inspectValue(item, levels - 1)
}

/** Refuses long lists, deep values and, in the variables of `pageSizes`, large pages. */
export function inspectVariables (variables: Record<string, unknown>, pageSizes: readonly string[]): void {
  for (const name of pageSizes) requirePage(variables[name])
  for (const value of Object.values(variables)) inspectValue(value, MAX_INPUT_LEVELS)
}
