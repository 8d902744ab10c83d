/** Characters with a meaning in regular expressions, except for the router's own `*` and `:`. */
const SPECIAL = /[.+?^${}()|[\]\\]/g

/** Remembers which methods the URLs of the routes have, to tell a wrong method (405) from an unknown URL (404). */
export function createKnownUrls () {
  const known = new Map<string, { pattern: RegExp, methods: Set<string> }>()

  return {
    add (url: string, methods: readonly string[]): void {
      const source = url.replace(SPECIAL, '\\$&').replace(/:\w+/g, '[^/]+').replace('*', '.*')
      const entry = known.get(url) ?? { pattern: new RegExp(`^${source}$`), methods: new Set() }
      for (const method of methods) entry.methods.add(method)
      known.set(url, entry)
    },

    /** Methods of the routes whose URL a path matches. */
    methodsOf (path: string): string[] {
      const matching = [...known.values()].filter(({ pattern }) => pattern.test(path))
      return [...new Set(matching.flatMap(({ methods }) => [...methods]))]
    }
  }
}
