import { getNamedType, isCompositeType, valueFromASTUntyped, type ConstDirectiveNode, type GraphQLField } from 'graphql'

export type CacheScope = 'PUBLIC' | 'PRIVATE'

/** What a field says of answers that have it; what it leaves open is up to their other fields. */
export interface Hint {
  /** Seconds. */
  maxAge: number | undefined
  scope: CacheScope | undefined
}

interface Node {
  readonly directives?: readonly ConstDirectiveNode[] | undefined
}

interface Annotated {
  readonly astNode?: Node | null | undefined
  readonly extensionASTNodes?: readonly Node[]
}

/** The `@cacheControl` of a type or field, from its text: values of enumerations are not those of the text (`scalars.ts`). */
function annotationOf ({ astNode, extensionASTNodes = [] }: Annotated) {
  const directives = [astNode, ...extensionASTNodes].flatMap((node) => node?.directives ?? [])
  const parts = directives.filter(({ name }) => name.value === 'cacheControl').flatMap((directive) => directive.arguments ?? [])
  const values = new Map(parts.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]))
  const [maxAge, scope, inherits] = [values.get('maxAge'), values.get('scope'), values.get('inheritMaxAge') === true]
  return {
    maxAge: typeof maxAge === 'number' && !inherits ? maxAge : undefined,
    scope: scope === 'PUBLIC' || scope === 'PRIVATE' ? scope : undefined,
    inherits
  } as const
}

/**
 * The hint of a field, by the rules of Apollo Server for hints in the schema
 * (https://www.apollographql.com/docs/apollo-server/performance/caching): that of the field goes before that of its
 * type; without either, fields of the root and of types with fields are not to be kept.
 */
export function hintOf (field: GraphQLField<unknown, unknown>, isOfRoot: boolean): Hint {
  const type = getNamedType(field.type)
  const own = annotationOf(field)
  const general = annotationOf(isCompositeType(type) ? type : {})
  const inherits = own.inherits || general.inherits || !isCompositeType(type)
  return {
    maxAge: own.maxAge ?? general.maxAge ?? (inherits && !isOfRoot ? undefined : 0),
    scope: own.scope ?? general.scope
  }
}
