import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compare, toTable, type Result } from './table.ts'

const RESULTS = join(import.meta.dirname, '../results')

/** Prints the comparison and keeps it with every turn as JSON; returns the path of the file. */
export function report (result: Result): string {
  const lines = compare(result)
  const file = join(RESULTS, `${result.claim}-${new Date().toISOString().replaceAll(':', '-')}.json`)
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(file, `${JSON.stringify({ ...result, lines }, null, 2)}\n`)
  console.log(`\n${result.question}\n${JSON.stringify(result.conditions)}\n\n${toTable(result.variants, lines)}\n`)
  return file
}
