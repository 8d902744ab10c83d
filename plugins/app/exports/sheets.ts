/** What a presented document has in it. */
export type Field = string | number | boolean | null | undefined | readonly string[]

/** How rows are written: the type of the file, what it begins with, and a row. */
export interface Sheet {
  type: string
  head: string
  row: (presented: Readonly<Record<string, Field>>) => string
}

export type Format = 'ndjson' | 'csv'

/** Ends each row of CSV, and is nowhere else in the file: who cuts there has whole rows. */
const CRLF = '\r\n'
const LINE_BREAK = /\r\n?/g
const NEEDS_QUOTES = /[",\n]/
/** Begins what spreadsheets take for a formula, in full width too (https://owasp.org/www-community/attacks/CSV_Injection). */
const FORMULA = /^[=+\-@\t\n＝＋－＠]/
/** Negative amounts are numbers, and stay it. */
const NUMBER = /^-\d+\.\d+$/

/** A field by RFC 4180 §2; a text that would be a formula begins with an apostrophe, and lists are separated by spaces. */
function fieldOf (value: Field): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'object') return fieldOf(value.join(' '))
  if (typeof value !== 'string') return String(value)
  const text = value.includes('\r') ? value.replace(LINE_BREAK, '\n') : value
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Rows as lines of CSV (RFC 4180); the first names the columns unless the file goes on from another. */
export function csvSheet (columns: readonly string[], hasHeader: boolean): Sheet {
  return {
    type: `text/csv; charset=utf-8; header=${hasHeader ? 'present' : 'absent'}`,
    head: hasHeader ? columns.join(',') + CRLF : '',
    row: (presented) => columns.map((column) => fieldOf(presented[column])).join() + CRLF
  }
}

/** Rows as JSON documents, one in each line (https://github.com/ndjson/ndjson-spec). */
export const ndjsonSheet: Sheet = {
  type: 'application/x-ndjson; charset=utf-8',
  head: '',
  row: (presented) => `${JSON.stringify(presented)}\n`
}
