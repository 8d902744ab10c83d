import { createApplying, labelOf } from './applying.ts'
import type { MigrationFile } from './files.ts'
import type { createLock } from './lock.ts'
import type { MigrationTools } from './migration.ts'
import type { createRecords, MigrationRecord } from './records.ts'
import { describeStatus, type MigrationStatus } from './status.ts'
import type { Pace } from './walk.ts'

export interface RunOptions extends Pace {
  /** The last version to apply; without it, all. */
  to?: string
  /** Contract migrations too: no instance of the release before runs any more. */
  contract: boolean
  /** Writes nothing. */
  dryRun: boolean
  tell: (line: string) => void
}

interface Needs extends MigrationTools {
  lock: ReturnType<typeof createLock>
  records: ReturnType<typeof createRecords>
  read: () => Promise<MigrationFile[]>
}

type Records = Map<string, MigrationRecord>

/** What is to be done, in order. Throws where a migration that was applied has another source by now. */
function select (files: readonly MigrationFile[], records: Records, { to, contract }: RunOptions): MigrationFile[] {
  const isDone = ({ version }: MigrationFile) => records.get(version)?.state === 'done'
  const altered = files.find((file) => isDone(file) && records.get(file.version)?.checksum !== file.checksum)
  if (altered) throw new Error(`${labelOf(altered)}: its file was changed after it had been applied; put it back, and write a new migration`)
  return files.filter((file) => !isDone(file) && (to === undefined || file.version <= to) && (contract || file.migration.phase === 'expand'))
}

const documentsOf = ({ walked, changed }: Pick<MigrationRecord, 'walked' | 'changed'>): string => `${walked} documents, ${changed} changes`

/** Looks at the migrations, and applies them. */
export function createMigrations ({ documents, lock, records, read }: Needs) {
  const applying = createApplying({ documents }, records)

  async function status (): Promise<MigrationStatus[]> {
    const [files, begun, isHeld] = await Promise.all([read(), records.read(), lock.isHeld()])
    return describeStatus(files, begun, isHeld)
  }

  /** Does each by `act` in turn; false when one was stopped. */
  async function doEach (options: RunOptions, act: (file: MigrationFile, records: Records) => Promise<string | null>): Promise<boolean> {
    const begun = await records.read()
    for (const file of select(await read(), begun, options)) {
      const result = options.signal.aborted ? null : await act(file, begun)
      options.tell(`${labelOf(file)}: ${result ?? 'stopped; the next run goes on from here'}`)
      if (result === null) return false
    }
    return true
  }

  const rehearseAll = (options: RunOptions) => doEach(options, async ({ version, checksum, migration }, begun) => {
    if ('up' in migration) return `would be done: ${migration.description}`
    const record = begun.get(version)
    const outcome = await applying.rehearse(migration, record?.checksum === checksum ? record.position : null, options)
    return outcome && `would be done: ${documentsOf(outcome)} at most`
  })

  const applyAll = (options: RunOptions, term: number) => doEach(options, async (file) => {
    options.tell(`${labelOf(file)}: ${file.migration.description}`)
    const outcome = await applying.apply(file, term, options)
    return outcome && `done, ${documentsOf(outcome)}`
  })

  return {
    status,

    /** Applies what is pending, in order, from where it was left; false if `signal` stopped it. */
    async run (options: RunOptions): Promise<boolean> {
      if (options.dryRun) return await rehearseAll(options)
      const onWait = () => { options.tell('Another process migrates, or has died a moment ago: waiting') }
      return await lock.during({ signal: options.signal, onWait }, (term) => applyAll(options, term)) ?? false
    }
  }
}
