/** RFC 9110 §8.8.3 and §13.1.1: a list of entity tags; those of signals are versions. */
const LIST = /^(?:\s*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"\s*(?:,|$))+$/
const STRONG_VERSION = /(?<!W\/)"([1-9]\d*)"/g

/** The versions that an `If-Match` allows: null for any, undefined if the header is malformed. Weak tags never match. */
export function parseIfMatch (header: string): number[] | null | undefined {
  if (header === '*') return null
  if (!LIST.test(header)) return undefined
  return [...header.matchAll(STRONG_VERSION)].map(([, version]) => Number(version))
}
