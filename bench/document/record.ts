import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Result } from '../harness/table.ts'

/** A measurement that is kept: of two variants, the second with what is measured, or of one. */
export interface BenchRecord extends Omit<Result, 'variants' | 'turns'> {
  /** What measured it. */
  command: string
  /** Day, as 2026-11-27. */
  date: string
  variants: readonly string[]
  /** Of each variant. */
  turns: ReadonlyArray<ReadonlyArray<Record<string, number>>>
}

export type Records = ReadonlyMap<string, BenchRecord>

/** One file for each record, named like its claim. */
export const RECORDS = join(import.meta.dirname, '../records')

/** More digits would only make the file longer. */
const DIGITS = 6
const OPTIONS = ['rounds', 'seconds', 'connections', 'users']

function shorten (_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value
}

/** As 2026-11-27. */
export const dayOf = (now: Date): string => now.toISOString().slice(0, 10)

/** What was measured by `npm run bench`, with the command that does it again. */
export function recordOf ({ claim, question, conditions, variants, turns }: Result, now: Date): BenchRecord {
  const options = OPTIONS.filter((name) => conditions[name] !== undefined).map((name) => ` --${name} ${String(conditions[name])}`)
  return { claim, question, command: `npm run bench -- ${claim}${options.join('')}`, date: dayOf(now), conditions, variants, turns }
}

/** Writes a record into a file. */
export function keep (file: string, record: BenchRecord): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(record, shorten, 2)}\n`)
}

/** Every number of a document, by its path with dots. */
function numbersOf (document: object, path = ''): Record<string, number> {
  return Object.assign({}, ...Object.entries(document).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'number') return { [path + name]: value }
    return typeof value === 'object' && value !== null ? numbersOf(value, `${path}${name}.`) : {}
  })) as Record<string, number>
}

/** Programs with a record of their own kind, such as `npm run loadtest -- --json FILE`, tell their options and numbers. */
function read (name: string, text: string): BenchRecord {
  const found = JSON.parse(text) as BenchRecord | { options?: object, conditions?: BenchRecord['conditions'], engines?: object, date?: string }
  if ('turns' in found) return found
  const { options = {}, conditions = {}, engines = {}, date = '' } = found
  const given = Object.entries(options).filter(([, value]) => typeof value === 'number').map(([option, value]) => ` --${option} ${value}`)
  return { claim: name, question: '', date, conditions: { ...engines, ...conditions }, variants: [name], turns: [[numbersOf(found)]], command: `npm run ${name}${given.length > 0 ? ' --' : ''}${given.join('')}` }
}

/** Every record of a folder, by the name of its file. */
export function readRecords (folder: string): Records {
  if (!existsSync(folder)) return new Map()
  const names = readdirSync(folder).filter((file) => file.endsWith('.json')).sort().map((file) => file.replace('.json', ''))
  return new Map(names.map((name) => [name, read(name, readFileSync(join(folder, `${name}.json`), 'utf8'))]))
}
