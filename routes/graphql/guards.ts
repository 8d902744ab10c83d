import { Kind, OperationTypeNode, type DocumentNode } from 'graphql'
import type { RequestParams } from 'graphql-http'
import { inspectArguments, inspectVariables } from './input-guards.ts'
import { MAX_ALIASES, MAX_DEPTH, MAX_DIRECTIVES, MAX_FIELDS, MAX_REPEATS, MAX_ROOT_FIELDS } from './limits.ts'
import { measureDocument, type Size } from './operation-size.ts'
import type { DocumentOf } from './parsed-documents.ts'
import { refusal } from './refusal.ts'

/** What is limited of an operation, with its code and what a client is told. */
const LIMITS: ReadonlyArray<[keyof Size, number, code: string, what: string]> = [
  ['depth', MAX_DEPTH, 'QUERY_TOO_DEEP', 'levels'],
  ['width', MAX_ROOT_FIELDS, 'TOO_MANY_ROOT_FIELDS', 'fields at the root'],
  ['fields', MAX_FIELDS, 'TOO_MANY_FIELDS', 'fields'],
  ['aliases', MAX_ALIASES, 'TOO_MANY_ALIASES', 'aliases'],
  ['directives', MAX_DIRECTIVES, 'TOO_MANY_DIRECTIVES', 'directives']
]

function requireSmall (size: Size): void {
  for (const [measure, most, code, what] of LIMITS) {
    if (size[measure] > most) throw refusal(code, `The operation has ${size[measure]} ${what}; at most ${most} are allowed`)
  }
}

/** The rules of the specification let it pass where the schema has no such type, and it would run as far as to an error. */
function requireNoSubscription ({ definitions }: DocumentNode): void {
  if (definitions.some((node) => node.kind === Kind.OPERATION_DEFINITION && node.operation === OperationTypeNode.SUBSCRIPTION)) {
    throw refusal('SUBSCRIPTIONS_OFF', 'There are no subscriptions')
  }
}

interface Options {
  documentOf: DocumentOf
  /** Whether the schema may be asked for. */
  introspection: boolean
}

/**
 * What every operation must pass before anything else looks at it, however it came. The rules of the specification take
 * time that grows with the square of a document, and more with fragments; they see only what has passed here. A document
 * is looked at once, its variables with each request.
 */
export function createGuards ({ documentOf, introspection }: Options) {
  /** Documents that passed, with the variables that sizes of pages come from. */
  const passed = new WeakMap<DocumentNode, readonly string[]>()

  function inspect (document: DocumentNode): readonly string[] {
    requireNoSubscription(document)
    const { sizes, repeats } = measureDocument(document)
    sizes.forEach(requireSmall)
    if (repeats > MAX_REPEATS) throw refusal('TOO_MANY_REPEATS', `The document selects a field ${repeats} times; at most ${MAX_REPEATS} are allowed`)
    if (!introspection && sizes.some(({ introspections }) => introspections > 0)) {
      throw refusal('INTROSPECTION_OFF', 'The schema cannot be asked for')
    }
    const pageSizes = inspectArguments(document)
    passed.set(document, pageSizes)
    return pageSizes
  }

  /** A `GraphQLError` with its code in the extensions if the operation must not run; also if it cannot be parsed. */
  return function requireHarmless ({ query, variables }: Pick<RequestParams, 'query' | 'variables'>): void {
    const document = documentOf(query)
    const pageSizes = passed.get(document) ?? inspect(document)
    if (variables) inspectVariables(variables, pageSizes)
  }
}
export type RequireHarmless = ReturnType<typeof createGuards>
