import { parseArgs } from 'node:util'
import { buildApplication, runCommand } from './application.ts'
import { UsageError } from './usage-error.ts'

/**
 * npm run indexes -- --check    prints where the database's indexes differ from those declared; exit code 1 if any does
 * npm run indexes -- --apply    creates missing indexes and replaces different ones; extra ones are only reported
 */
async function indexes (): Promise<number> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, apply: { type: 'boolean' } } })
  if (values.check === values.apply) throw new UsageError('Say either --check or --apply')

  // plugins are loaded, but hooks of `ready` do not run: nothing is created behind the check's back
  const fastify = await buildApplication({})
  try {
    const differences = await fastify.indexes[values.check ? 'check' : 'apply']()
    for (const { kind, collection, name, declared, actual } of differences) {
      console.log(`${kind.padEnd(9)}  ${collection}.${name}\n  declared  ${declared ?? 'nothing'}\n  actual    ${actual ?? 'nothing'}`)
    }
    const remaining = differences.filter(({ kind }) => values.check || kind !== 'extra')
    console.log(differences.length === 0 ? 'All indexes are as declared' : `${differences.length} indexes differ from those declared`)
    return remaining.length === 0 ? 0 : 1
  } finally {
    await fastify.close()
  }
}

await runCommand(indexes)
