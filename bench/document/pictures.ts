import { drawChanges, drawFactors, type Change, type Factor } from './charts.ts'
import { find } from './evidence.ts'
import type { NoteClaim } from './note.ts'
import type { Optimization } from './optimizations.ts'
import type { Records } from './record.ts'

/** How many times better the first number of an optimization is with it; nothing if it was not measured. */
function factorOf ({ number, name, shown: [{ better, ...headline }] }: Optimization, records: Records): Factor[] {
  const finding = find(records, { ...headline, as: 'times', wanted: { atLeast: 0 } })
  if (finding === undefined) return []
  const { median, min, max } = finding.shown
  const label = `${number} ${name}: ${headline.what}`
  return better === 'more' ? [{ name: label, median, least: min, most: max }] : [{ name: label, median: 1 / median, least: 1 / max, most: 1 / min }]
}

/** The optimizations as a picture (SVG). */
export function pictureOfOptimizations (optimizations: readonly Optimization[], records: Records): string {
  return drawFactors(optimizations.flatMap((optimization) => factorOf(optimization, records)))
}

function changesOf ({ claimed, range, evidence }: NoteClaim, records: Records): Change[] {
  if (range === undefined) return []
  const findings = evidence.map((each) => find(records, each)).filter((finding) => finding !== undefined)
  return findings.filter(({ as }) => as === 'change').map(({ what, shown, holds }) => ({ name: `${claimed} · ${what}`, range, shown, holds }))
}

/** The claims that are changes in percent, and what was measured of them, as a picture (SVG). */
export function pictureOfClaims (claims: readonly NoteClaim[], records: Records): string {
  return drawChanges(claims.flatMap((claim) => changesOf(claim, records)))
}
