import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Migration } from './migration.ts'

export interface MigrationFile {
  /** Four digits, by which migrations are ordered. */
  version: string
  name: string
  /** SHA-256 of the TypeScript source, wherever its compiled form runs. */
  checksum: string
  migration: Migration
}

/** The build puts the sources beside what it compiles of them. */
const SOURCE = /^([0-9]{4})-([a-z0-9-]+)\.ts$/
/** What runs here: sources as they are, or the compiled ones. */
const LOADED = import.meta.filename.slice(-'.ts'.length)

const checksumOf = (source: string): string => createHash('sha256').update(source.replaceAll('\r\n', '\n')).digest('hex')

async function readMigration (folder: string, file: string, [, version = '', name = '']: RegExpExecArray): Promise<MigrationFile> {
  const source = await readFile(join(folder, file), 'utf8')
  const url = pathToFileURL(join(folder, basename(file, '.ts') + LOADED))
  const module = await import(url.href) as { default: Migration }
  return { version, name, checksum: checksumOf(source), migration: module.default }
}

/** The migrations of a folder, `NNNN-name.ts`, in the order of their versions. */
export async function readMigrations (folder: string): Promise<MigrationFile[]> {
  const found = (await readdir(folder)).sort().flatMap((file) => {
    const match = SOURCE.exec(file)
    return match === null ? [] : [{ file, match }]
  })
  return await Promise.all(found.map(({ file, match }) => readMigration(folder, file, match)))
}
