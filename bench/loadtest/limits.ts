import { UsageError } from '../../scripts/usage-error.ts'

/** Files of a process beside the connections of users: pools, listeners, modules. */
const OTHER_FILES = 500

/** Files that this process and those that it starts may have open; Infinity where nobody says. Node.js itself has raised it as far as it may. */
export function openFilesLimit (report: object = process.report.getReport()): number {
  const { userLimits } = report as { userLimits?: { open_files: { soft: number | string } } }
  const limit = Number(userLimits?.open_files.soft)
  return Number.isNaN(limit) ? Infinity : limit
}

/** Refuses to begin what could not be: each connection is a file, of the generator and of the server. */
export function requireFiles (connections: number, limit: number): void {
  const needed = connections + OTHER_FILES
  if (limit < needed) throw new UsageError(`${connections} connections need ${needed} open files in a process, which may have ${limit}: \`ulimit -n ${needed}\` raises that, if the hard limit lets it (\`ulimit -Hn\`)`)
}
