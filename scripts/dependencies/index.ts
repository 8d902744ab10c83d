import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { runCommand } from '../application.ts'
import { UsageError } from '../usage-error.ts'
import { countVulnerabilities } from './advisories.ts'
import { findRefused, type Lock } from './licences.ts'

async function checkLicences (): Promise<number> {
  const refused = findRefused(JSON.parse(await readFile('package-lock.json', 'utf8')) as Lock)
  console.log(refused.length === 0 ? 'Every production dependency has an allowed licence' : `Not allowed:\n${refused.join('\n')}`)
  return refused.length === 0 ? 0 : 1
}

/** Whoever cannot ask (no network, a registry without advisories) is told so and not stopped: that is no fault of a change. */
async function checkAdvisories (): Promise<number> {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--audit-level=high', '--json'], { encoding: 'utf8' })
  const count = countVulnerabilities(stdout)
  if (count === undefined) console.log('npm audit could not ask for advisories: nothing is known of vulnerabilities')
  else console.log(`${count} vulnerabilities of level high or critical${count > 0 ? `\n${stdout}` : ''}`)
  return count ? 1 : 0
}

// `npm run licences` and `npm run audit`
await runCommand(async () => {
  if (process.argv[2] === 'licences') return await checkLicences()
  if (process.argv[2] === 'advisories') return await checkAdvisories()
  throw new UsageError('Usage: licences | advisories')
})
