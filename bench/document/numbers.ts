import type { Summary } from '../harness/statistics.ts'
import type { Evidence, Finding } from './evidence.ts'

const DIGITS = 3
const THOUSAND = 1000

/** A number for people: three digits, a real minus, thousands apart. */
export function formatNumber (number: number): string {
  const size = Math.abs(number)
  const text = size >= THOUSAND ? Math.round(size).toLocaleString('en') : String(Number(size.toPrecision(DIGITS)))
  return number < 0 && Number(text) !== 0 ? `−${text}` : text
}

/** A number that is added, with its sign. */
export function formatChange (number: number): string {
  return `${number > 0 ? '+' : ''}${formatNumber(number)}`
}

/** Nothing where all turns say the same. */
function formatRange (least: string, most: string): string {
  return least === most ? '' : ` (${least} to ${most})`
}

/** Median, and in brackets the least and the most of all turns where there are several. */
export function formatSummary ({ median, min, max }: Summary): string {
  return formatNumber(median) + formatRange(formatNumber(min), formatNumber(max))
}

/** `unit`, set off as its kind is: 5 ms, 5 %, 5/s. */
function withUnit (text: string, unit = ''): string {
  return unit === '' || unit.startsWith('/') ? text + unit : `${text} ${unit}`
}

/** What is judged: a change, a factor or a number. */
export function formatShown (as: Evidence['as'], { median, min, max }: Summary, unit?: string): string {
  const format = as === 'change' ? formatChange : formatNumber
  const middle = as === 'times' ? `× ${format(median)}` : withUnit(format(median), as === 'change' ? '%' : unit)
  return middle + formatRange(format(min), format(max))
}

/** The numbers that a finding comes from, off and on. */
export function formatOffOn ({ off, on, unit }: Pick<Finding, 'off' | 'on' | 'unit'>): string {
  const [to, from] = [formatNumber(on.median), off && formatNumber(off.median)]
  return withUnit(from === undefined ? to : `${from} → ${to}`, unit)
}
