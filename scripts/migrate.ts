import { parseArgs } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { buildApplication, runCommand } from './application.ts'
import { UsageError } from './usage-error.ts'

type Status = Awaited<ReturnType<FastifyInstance['migrations']['status']>>[number]

const USAGE = {
  status: { type: 'boolean', default: false },
  contract: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  to: { type: 'string' },
  'batch-size': { type: 'string', default: '500' },
  share: { type: 'string', default: '50' }
} as const

function readNumber (name: string, text: string, most: number): number {
  const number = Number(text)
  if (/^[0-9]+$/.test(text) && number >= 1 && number <= most) return number
  throw new UsageError(`--${name} must be a whole number from 1 to ${most}, not '${text}'`)
}

function readOptions () {
  const { values: { to, ...values } } = parseArgs({ options: USAGE })
  if (to !== undefined && !/^[0-9]{4}$/.test(to)) throw new UsageError(`--to must be a version of four digits, not '${to}'`)
  return {
    ...(to !== undefined && { to }),
    contract: values.contract,
    dryRun: values['dry-run'],
    status: values.status,
    batchSize: readNumber('batch-size', values['batch-size'], 10_000),
    share: readNumber('share', values.share, 100)
  }
}

/** Columns as wide as what is in them. */
function renderTable (rows: readonly string[][]): string {
  const widths = rows.reduce((most: number[], row) => row.map((cell, i) => Math.max(cell.length, most[i] ?? 0)), [])
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ').trimEnd()).join('\n')
}

function renderStatus (found: readonly Status[]): string {
  const rows = found.map(({ version, name, phase, state, walked, changed, error, finished_at: finishedAt }) =>
    [version, name, phase, state, String(walked), String(changed), error ?? finishedAt?.toISOString() ?? ''])
  return renderTable([['version', 'name', 'phase', 'state', 'walked', 'changed', 'finished, or why not'], ...rows])
}

/** Says that the batch under way is the last; a second signal ends the process at once. */
function signalOfStop (): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      console.log(`${signal}: stopping after this batch`)
      stop.abort()
    })
  }
  return stop.signal
}

/**
 * npm run migrate                       applies pending expand migrations, in order, from where they were left
 *                 -- --contract         contract migrations too, once no instance of the release before runs
 *                 -- --status           prints what was done; exit code 1 unless all are done
 *                 -- --dry-run          prints what would be done
 *                 -- --to NNNN          none after this one
 *                 -- --batch-size 500   documents of a batch; --share 50: work is so many per cent of the time
 */
async function migrate (): Promise<number> {
  const { status, ...options } = readOptions()
  const signal = signalOfStop()
  const fastify = await buildApplication({})
  const { migrations } = fastify
  try {
    const isAtEnd = status || await migrations.run({ ...options, signal, tell: console.log })
    const found = await migrations.status()
    if (status) console.log(renderStatus(found))
    const open = found.filter(({ state }) => state !== 'done')
    if (!status) console.log(open.length === 0 ? 'All migrations are done' : `Not done: ${open.map(({ version, phase }) => `${version} (${phase})`).join(', ')}`)
    return !isAtEnd || (status && open.length > 0) ? 1 : 0
  } finally {
    await fastify.close()
  }
}

await runCommand(migrate)
