import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLAIMS } from './note.ts'
import { OPTIMIZATIONS } from './optimizations.ts'
import { toPage } from './page.ts'
import { pictureOfClaims, pictureOfOptimizations } from './pictures.ts'
import type { Records } from './record.ts'

/** Where `benchmarks.md` is, and its pictures are below. */
export const DOCS = join(import.meta.dirname, '../../docs')

/** Makes `benchmarks.md` and its pictures of the records that there are. */
export function writeDocument (docs: string, records: Records): void {
  const images = join(docs, 'images')
  mkdirSync(images, { recursive: true })
  writeFileSync(join(docs, 'benchmarks.md'), toPage({ records, claims: CLAIMS, optimizations: OPTIMIZATIONS }))
  writeFileSync(join(images, 'benchmarks-optimizations.svg'), pictureOfOptimizations(OPTIMIZATIONS, records))
  writeFileSync(join(images, 'benchmarks-claims.svg'), pictureOfClaims(CLAIMS, records))
}
