import {
  GraphQLIncludeDirective, GraphQLSkipDirective, Kind, getDirectiveValues,
  type FieldNode, type GraphQLResolveInfo, type SelectionNode
} from 'graphql'
import { toSnakeCase } from './names.ts'

/** Fields that follow a link, with the document field that the link starts from. */
const LINKS: Partial<Record<string, string>> = {
  'Analyst.signals': 'id',
  'Analyst.user': 'user_id',
  'Signal.analyst': 'analyst_id',
  'Transaction.user': 'user_id',
  'User.payments': 'user_id',
  'User.referrals': 'user_id',
  'User.referrer': 'referred_by',
  'User.stats': 'user_id',
  'User.transactions': 'user_id',
  'User.withdrawals': 'user_id'
}

interface Walk {
  info: GraphQLResolveInfo
  type: string
  fields: Set<string>
  /** Fragments seen at each level: none is walked twice, however often it is spread. */
  seen: Set<string>
  /** Whether the selection depends on variables. */
  isConditional: boolean
}

function isLeftOut (node: SelectionNode, walk: Walk): boolean {
  if (node.directives === undefined || node.directives.length === 0) return false
  walk.isConditional = true
  const { variableValues } = walk.info
  return getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if === false
}

function visitField (node: FieldNode, [step, ...path]: readonly string[], walk: Walk): void {
  const name = node.name.value
  if (name === step) return visit(node.selectionSet?.selections, path, walk)
  if (step === undefined && !name.startsWith('__')) walk.fields.add(LINKS[`${walk.type}.${name}`] ?? toSnakeCase(name))
}

function visitFragment (name: string, path: readonly string[], walk: Walk): void {
  const key = `${path.length} ${name}`
  if (walk.seen.has(key)) return
  walk.seen.add(key)
  visit(walk.info.fragments[name]?.selectionSet.selections, path, walk)
}

/** Collects what is selected at the end of `path`. No type of the schema is abstract, so each fragment applies. */
function visit (selections: readonly SelectionNode[] = [], path: readonly string[], walk: Walk): void {
  for (const selection of selections) {
    if (isLeftOut(selection, walk)) continue
    if (selection.kind === Kind.FIELD) visitField(selection, path, walk)
    else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet.selections, path, walk)
    else visitFragment(selection.name.value, path, walk)
  }
}

const NODE_OF_CONNECTION = ['edges', 'node']

/** By the nodes of a field, which a compiled query keeps for its life and every other query for one execution. */
const known = new WeakMap<readonly FieldNode[], readonly string[]>()

/**
 * Document fields that the selection of the resolved field needs of its `type`; in a connection, of its nodes.
 * Follows fragments, `@skip` and `@include`.
 */
export function fieldsOf (info: GraphQLResolveInfo, type: string): readonly string[] {
  const cached = known.get(info.fieldNodes)
  if (cached) return cached

  const walk: Walk = { info, type, fields: new Set(), seen: new Set(), isConditional: false }
  const path = String(info.returnType).endsWith('Connection') ? NODE_OF_CONNECTION : []
  for (const { selectionSet } of info.fieldNodes) visit(selectionSet?.selections, path, walk)
  const fields = [...walk.fields]
  if (!walk.isConditional) known.set(info.fieldNodes, fields)
  return fields
}
