import type { KeyPart } from './definition.ts'

const KEY = /^([\w-]+):(\[.*\])$/s

function isKeyPart (part: unknown): part is KeyPart {
  return part === null || ['string', 'number', 'boolean'].includes(typeof part)
}

function parseArguments (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The cache and the arguments that a key consists of; undefined if it is none. */
function parseKey (key: string): { name: string, args: KeyPart[] } | undefined {
  const [, name, text] = KEY.exec(key) ?? []
  if (name === undefined || text === undefined) return undefined
  const args = parseArguments(text)
  return Array.isArray(args) && args.every(isKeyPart) ? { name, args } : undefined
}

/** Reads, by the cache's name. */
export type Readers = ReadonlyMap<string, (args: readonly KeyPart[]) => Promise<unknown>>

/** Reads values by keys; returns how many. Keys that were stored are input: what is none, or of no cache, or cannot be loaded, is left out. */
export async function readKeys (keys: readonly string[], readers: Readers): Promise<number> {
  const readings = await Promise.allSettled(keys.map(async (key) => {
    const { name = '', args = [] } = parseKey(key) ?? {}
    const read = readers.get(name)
    await read?.(args)
    return read !== undefined
  }))
  return readings.filter((reading) => reading.status === 'fulfilled' && reading.value).length
}
