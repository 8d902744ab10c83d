interface Options<TArgs extends unknown[], T> {
  name: string
  ttlMs: number
  /** After `ttlMs`, the value is answered at once for this long while one load renews it. */
  staleMs: number
  /** After that, the value is answered for this long if the load fails. */
  graceMs: number
  load: (...args: TArgs) => Promise<T>
}

interface Entry<T> {
  value: T
  at: number
}

/** Keeps the latest value of each load; loads of the same arguments are one. Bounded by the arguments that there are. */
export function createLastGood (now: () => number) {
  return function define<TArgs extends unknown[], T> ({ ttlMs, staleMs, graceMs, load }: Options<TArgs, T>) {
    const entries = new Map<string, Entry<T>>()
    const loading = new Map<string, Promise<T>>()

    async function renew (key: string, args: TArgs): Promise<T> {
      try {
        const value = await load(...args)
        entries.set(key, { value, at: now() })
        return value
      } finally {
        loading.delete(key)
      }
    }

    function valueOr (error: unknown, { value, at }: Entry<T>): T {
      if (now() - at <= ttlMs + staleMs + graceMs) return value
      throw error
    }

    function refresh (...args: TArgs): Promise<T> {
      const key = JSON.stringify(args)
      const load = loading.get(key) ?? renew(key, args)
      loading.set(key, load)
      return load
    }

    async function get (...args: TArgs): Promise<T> {
      const entry = entries.get(JSON.stringify(args))
      if (entry === undefined) return await refresh(...args)
      const age = now() - entry.at
      if (age <= ttlMs) return entry.value
      const renewed = refresh(...args)
      if (age > ttlMs + staleMs) return await renewed.catch((error: unknown) => valueOr(error, entry))
      // a failure is counted where it happens, and told once there is nobody who can be answered at once
      renewed.catch(() => {})
      return entry.value
    }

    return { get, refresh }
  }
}
