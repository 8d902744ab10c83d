const MAX_LABEL_LENGTH = 64
const OTHER = 'other'

/**
 * Bounds the values of a label that something outside of the code chooses: the first `limit` distinct ones of at
 * most 64 characters keep their name, every later one is `other`.
 */
export function createBoundedLabels (limit: number): (name: string) => string {
  const known = new Set<string>()
  return function bounded (name) {
    if (known.has(name)) return name
    if (known.size >= limit || name.length > MAX_LABEL_LENGTH) return OTHER
    known.add(name)
    return name
  }
}
