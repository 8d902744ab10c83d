import { Kind, getNullableType, isListType, valueFromASTUntyped, type FieldNode, type GraphQLArgument, type GraphQLField, type GraphQLOutputType, type OperationDefinitionNode } from 'graphql'

export type Variables = Record<string, unknown>

/** Arguments that say how long the list is that a field is, or has. */
const SIZES = ['first', 'last', 'limit']
/** Length of a list of which nothing is said: as many targets as a signal may have. */
export const LIST_SIZE = 10

function hasValue (value: unknown): boolean {
  return value !== undefined && value !== null
}

/** Values of the variables, with their defaults. */
export function variablesOf ({ variableDefinitions = [] }: OperationDefinitionNode, given: Variables): Variables {
  const defaults = variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue && valueFromASTUntyped(defaultValue)] as const)
  return { ...Object.fromEntries(defaults.filter(([, value]) => value !== undefined)), ...given }
}

/** What an argument is, in the text or by a variable; its default where it is left out or null, as resolvers read it. */
function valueOf ({ name, defaultValue }: GraphQLArgument, node: FieldNode, variables: Variables): unknown {
  const given = node.arguments?.find((argument) => argument.name.value === name)
  const value = given && (given.value.kind === Kind.VARIABLE ? variables[given.value.name.value] : valueFromASTUntyped(given.value, variables))
  return hasValue(value) ? value : defaultValue
}

/**
 * The length of the list that a field is or, as a connection, has: by its size, else by its first list of arguments, of
 * which each item may have an answer. Undefined if the field says nothing of it.
 */
export function sizeOf ({ args }: GraphQLField<unknown, unknown>, node: FieldNode, variables: Variables): number | undefined {
  const size = args.find(({ name }) => SIZES.includes(name))
  if (size) {
    const value = valueOf(size, node, variables)
    return typeof value === 'number' && value >= 0 ? value : LIST_SIZE
  }
  const list = args.find(({ type }) => isListType(getNullableType(type)))
  const items = list && valueOf(list, node, variables)
  return list && (Array.isArray(items) ? items.length : 1)
}

/** Whether a field is a list. */
export function isList (type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type))
}
