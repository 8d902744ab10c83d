import type { MigrationFile } from './files.ts'
import type { Migration } from './migration.ts'
import type { MigrationRecord } from './records.ts'

export interface MigrationStatus extends Pick<MigrationRecord, 'name' | 'walked' | 'changed' | 'error' | 'finished_at'> {
  version: string
  /** `unknown`: of another release, which had or has a file for it. */
  phase: Migration['phase'] | 'unknown'
  /** `interrupted`: begun, and gone on with by the next run; `altered`: its file is not the one that was applied. */
  state: 'pending' | 'running' | 'interrupted' | 'failed' | 'done' | 'altered'
}

const UNTOUCHED = { walked: 0, changed: 0, error: null, finished_at: null }

function stateOf (record: MigrationRecord, checksum: string, isHeld: boolean): MigrationStatus['state'] {
  if (record.state === 'done') return record.checksum === checksum ? 'done' : 'altered'
  if (record.state === 'failed') return 'failed'
  return isHeld ? 'running' : 'interrupted'
}

function pick ({ walked, changed, error, finished_at: finishedAt }: typeof UNTOUCHED | MigrationRecord) {
  return { walked, changed, error, finished_at: finishedAt }
}

/** Every migration that has a file or was begun, in the order of their versions. */
export function describeStatus (files: readonly MigrationFile[], records: ReadonlyMap<string, MigrationRecord>, isHeld: boolean): MigrationStatus[] {
  const known = files.map(({ version, name, checksum, migration: { phase } }): MigrationStatus => {
    const record = records.get(version)
    return { version, name, phase, state: record ? stateOf(record, checksum, isHeld) : 'pending', ...pick(record ?? UNTOUCHED) }
  })
  const versions = new Set(files.map(({ version }) => version))
  const others = [...records.values()].filter(({ _id }) => !versions.has(_id)).map((record): MigrationStatus =>
    ({ version: record._id, name: record.name, phase: 'unknown', state: stateOf(record, record.checksum, isHeld), ...pick(record) }))
  return [...known, ...others].sort((a, b) => a.version.localeCompare(b.version))
}
