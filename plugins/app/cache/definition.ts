/** What a key is made of: what JSON tells apart. */
export type KeyPart = string | number | boolean | null

/** One kind of value that is worth keeping. */
export interface CacheDefinition<TArgs extends readonly KeyPart[], T> {
  /** Unique; a label of metrics. */
  name: string
  /** How long a loaded value is fresh; each one up to a tenth less, so that they do not expire together. An hour at most with `staleMs` or `graceMs`. */
  ttlMs: number
  /** After that: for how long it is still served at once, while one load renews it. */
  staleMs?: number
  /** After `ttlMs`: for how long it is still served if its load fails. */
  graceMs?: number
  /** Dearer to compute than to fetch: shared through the database where there is no Redis. */
  isDear?: boolean
  /** What the value depends on; known before it is loaded. */
  tags?: (...args: NoInfer<TArgs>) => readonly string[]
  /** The value; it must be one that a document can hold. What it throws is thrown to all that wait for it. */
  load: (...args: TArgs) => Promise<T>
}

export interface Aged<T> {
  value: T
  /** Time since it was loaded. */
  ageMs: number
}

export interface Cache<TArgs extends readonly KeyPart[], T> {
  /** The value, from the nearest tier that has it, else loaded. */
  get: (...args: TArgs) => Promise<T>
  /** As `get`, with the value's age. */
  read: (...args: TArgs) => Promise<Aged<T>>
  /** Loads the value anew, whatever is held, and keeps it. */
  refresh: (...args: TArgs) => Promise<T>
}
