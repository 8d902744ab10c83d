import { hash } from 'node:crypto'
import type { RequestParams } from 'graphql-http'
import { hashOf } from './persisted-queries.ts'

/** Most levels of objects and lists in the variables of a request that has a key. */
const MAX_LEVELS = 32

/** Half a character of UTF-16: UTF-8 has the same bytes for each of them, and no document may have any. */
const HALF_CHARACTER = /\p{Surrogate}/u
const SHA_256 = /^[0-9a-f]{64}$/

function isDeeper (value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1))
}

/** JSON with the names of each object in order. */
function toCanonicalJson (value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join()}]`
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${toCanonicalJson(item)}`).join()}}`
}

/** SHA-256 of the document; a request without its text gives it. */
function documentHashOf ({ query, extensions }: RequestParams): string | undefined {
  if (query !== '') return HALF_CHARACTER.test(query) ? undefined : hash('sha256', query)
  const given = hashOf(extensions)
  return given !== undefined && SHA_256.test(given) ? given : undefined
}

/**
 * A key that two requests share exactly if they ask for the same: by document, operation and variables, whatever the
 * order of the variables' names and whether the document was sent or only its hash. It does not tell the caller.
 * Undefined for requests that no answer should be kept for.
 */
export function cacheKeyOf (params: RequestParams): string | undefined {
  const document = documentHashOf(params)
  const variables = params.variables ?? {}
  if (document === undefined || isDeeper(variables, MAX_LEVELS)) return undefined
  // each part tells its own end: 64 digits, a JSON string, a JSON object
  return hash('sha256', `${document}${JSON.stringify(params.operationName ?? '')}${toCanonicalJson(variables)}`, 'base64url')
}
