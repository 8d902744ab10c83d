import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

function fail (path: string, what: string, cause?: unknown): never {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  throw new Error(`GRAPHQL_ALLOWLIST ${path}: ${what}${reason}`)
}

async function readJson (path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    return fail(path, 'cannot be read as JSON', error)
  }
}

/**
 * Documents that clients may ask for, by their SHA-256: a JSON object of hexadecimal hashes and texts, as the
 * `persisted-documents.json` of GraphQL Code Generator. `check` throws for a document that cannot run. An error that
 * names the file, and the document, if anything is wrong with one of them: a server with half of a list would refuse
 * clients that are in order.
 */
export async function readAllowlist (path: string, check: (text: string) => void): Promise<Map<string, string>> {
  const content = await readJson(path)
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return fail(path, 'is not an object of hashes and documents')

  return new Map(Object.entries(content).map(([sha256, text]: [string, unknown]) => {
    if (typeof text !== 'string') return fail(path, `${sha256} is not the text of a document`)
    if (hash('sha256', text) !== sha256) return fail(path, `${sha256} is not the SHA-256 of its document`)
    try {
      check(text)
    } catch (error) {
      return fail(path, `${sha256} cannot run`, error)
    }
    return [sha256, text]
  }))
}
