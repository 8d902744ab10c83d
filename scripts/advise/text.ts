import type { Advice, Proposal } from './advice.ts'

type Plan = Advice['queries'][number]['plan']

const WIDTH = 10
const INDENT = ' '.repeat(3 * WIDTH + 2)

const rowOf = (cells: readonly unknown[], text: string): string => `${cells.map((cell) => String(cell).padStart(WIDTH)).join('')}  ${text}`

/** A plan in words, as far as the engine tells. */
function describePlan (plan: Plan): string {
  if (plan === null) return 'plan not known'
  const { index, scan, keys_examined: keys, documents_examined: documents, returned, sorted } = plan
  const facts = [
    scan === true && 'reads the whole collection',
    index !== null && `index ${index}`,
    keys !== null && `${keys} keys and ${documents} documents examined for ${returned}`,
    sorted === true && 'sorted in memory'
  ]
  return facts.filter((fact) => fact !== false).join(', ') || 'plan not told'
}

function describeQueries (queries: Advice['queries']): string[] {
  if (queries.length === 0) return ['No slow query was recorded']
  const rows = queries.flatMap(({ collection, operation, shape, count, total_ms: total, max_ms: max, requests, plan }) => [
    rowOf([count, Math.round(total), Math.round(max)], `${collection} ${operation} ${shape}`),
    `${INDENT}${[describePlan(plan), ...requests].join('; ')}`
  ])
  return ['Slow queries, those that took the most time first', '', rowOf(['count', 'total ms', 'max ms'], 'query'), ...rows]
}

/** As `declarations.ts` would have it. */
function declarationOf ({ collection, key }: Proposal): string {
  const fields = Object.entries(key).map(([field, direction]) => `${/^\w+$/.test(field) ? field : `'${field}'`}: ${direction}`)
  return `compound('${collection}', { ${fields.join(', ')} })`
}

function describeProposals (proposals: Advice['proposals']): string[] {
  if (proposals.length === 0) return ['No index is missing: each slow query has one that suits it, or none would']
  const rows = proposals.map((proposal) => rowOf([proposal.count, Math.round(proposal.total_ms), ''], declarationOf(proposal)))
  return ['Proposed indexes: equality, sort, range', '', rowOf(['count', 'total ms', ''], 'declaration'), ...rows]
}

function describeUnused (unused: Advice['unused']): string[] {
  if (unused === null) return ['Whether indexes are used: this engine does not tell']
  if (unused.length === 0) return ['Every index was used since the database server started']
  const rows = unused.map(({ collection, name, purpose }) => `  ${collection}.${name}${purpose === null ? ', not declared' : ''}`)
  return ['Indexes for speed that were used once at most since the database server started', '', ...rows]
}

/** Advice for people. */
export function render ({ queries, proposals, unused }: Advice): string {
  const sections = [describeQueries(queries), ...queries.length > 0 ? [describeProposals(proposals)] : [], describeUnused(unused)]
  return sections.map((lines) => lines.join('\n')).join('\n\n')
}
