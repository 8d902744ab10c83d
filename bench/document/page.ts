import { find, judge, type Evidence, type Finding } from './evidence.ts'
import type { NoteClaim } from './note.ts'
import { formatOffOn, formatShown, formatSummary } from './numbers.ts'
import type { Optimization } from './optimizations.ts'
import type { BenchRecord, Records } from './record.ts'

interface Contents {
  records: Records
  claims: readonly NoteClaim[]
  optimizations: readonly Optimization[]
}

const MARKS = { holds: '✓', 'does not hold': '✗' }
const NOT_SHOWN = ['cpu', 'arch']

function toTable (header: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

function describeFinding (finding: Finding | undefined, { what }: Evidence): string {
  if (finding === undefined) return `– ${what}: not measured`
  const { as, shown, unit, holds, off } = finding
  const numbers = as === 'value' || off === undefined ? '' : ` (${formatOffOn(finding)})`
  return `${MARKS[holds ? 'holds' : 'does not hold']} ${what}: ${formatShown(as, shown, unit)}${numbers}`
}

function commandOf (records: Records, { record, command = `npm run bench -- ${record}` }: Evidence): string {
  return `\`${records.get(record)?.command ?? command}\``
}

function rowOf ({ claimed, evidence }: NoteClaim, records: Records): string[] {
  const findings = evidence.map((each) => find(records, each))
  return [
    claimed,
    findings.map((finding, n) => describeFinding(finding, evidence[n] as Evidence)).join('<br>'),
    [...new Set(evidence.map((each) => commandOf(records, each)))].join('<br>'),
    `**${judge(findings)}**`
  ]
}

/** Each finding that does not hold, with why. */
function reasonsOf ({ claims, records }: Contents): string {
  const failing = claims.flatMap(({ claimed, evidence }) => evidence.map((each) => find(records, each)).filter((finding) => finding?.holds === false).map((finding) => ({ ...finding as Finding, claimed })))
  if (failing.length === 0) return 'Everything that was measured holds.'
  return failing.map(({ claimed, what, as, shown, unit, reason = 'Nobody has found out why yet.' }) => `- **${claimed}**, ${what}: ${formatShown(as, shown, unit)}. ${reason}`).join('\n')
}

function optimizationRows ({ number, name, shown }: Optimization, records: Records): string[][] {
  return shown.map((each, place) => {
    const finding = find(records, { ...each, as: 'times', wanted: { atLeast: 0 } }) ?? find(records, { ...each, as: 'value', wanted: { atLeast: 0 } })
    const title = place === 0 ? `${number} ${name}` : ''
    if (finding === undefined) return [title, each.what, 'not measured', '', '']
    const { off, on, shown: ratio, as } = finding
    return [title, `${each.what}${each.unit === undefined ? '' : `, ${each.unit}`}`, off === undefined ? '' : formatSummary(off), formatSummary(on), as === 'times' ? `× ${formatSummary(ratio)}` : '']
  })
}

function conditionsOf ({ command, date, conditions }: BenchRecord): string[] {
  const shown = Object.entries(conditions).filter(([name]) => !NOT_SHOWN.includes(name))
  const text = (value: unknown): string => typeof value === 'number' ? String(Number(value.toFixed(1))) : String(value)
  return [`\`${command}\``, date, shown.filter(([name]) => !command.includes(`--${name} `)).map(([name, value]) => `${name.replaceAll('_', ' ')} ${text(value)}`).join(', ')]
}

/** `docs/benchmarks.md`: what the design note claims, and what was measured of it. */
export function toPage (contents: Contents): string {
  const { claims, optimizations, records } = contents
  return `# Benchmarks

Made by \`npm run bench\` of the records in \`bench/records\`; do not edit it. \`npm run docs:benchmarks\` makes it anew without measuring.

## What the design note claims

Medians, and in brackets the least and the most of all turns. A claim holds if the medians of all that was measured for it are at least as
good as the lower end of what it says (✓); partly if some are. Changes and factors are of turns that followed each other, with the
optimization off and on.

${toTable(['claimed', 'measured', 'command', 'verdict'], claims.map((claim) => rowOf(claim, records)))}

![Measured changes against the claimed ones](images/benchmarks-claims.svg)

### What does not hold, and why

${reasonsOf(contents)}

## The ten optimizations, off and on

Each is left out and put back by \`OPTIMIZATIONS_OFF\` or its configuration, in turns in one run against the same database. In the chart the whole
range of the turns is a line; right of 1 is better with the optimization.

![How many times better it is with each optimization](images/benchmarks-optimizations.svg)

${toTable(['optimization', 'what', 'off', 'on', 'on / off'], optimizations.flatMap((optimization) => optimizationRows(optimization, records)))}

## Conditions

Server, load and database share one machine; the load average is that of the last minute, with what the measurement makes itself. Ratios say more than times.

${toTable(['command', 'day', 'conditions'], [...records.values()].map(conditionsOf))}
`
}
