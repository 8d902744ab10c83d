import { BSON } from 'mongodb'

/** Times in milliseconds since the epoch. */
export interface Times {
  loadedAt: number
  freshUntil: number
  /** Until then it is served at once while a load renews it. */
  staleUntil: number
  /** Until then it is served if the load fails. */
  expiresAt: number
}

/** A value as both tiers keep it: its bytes, so that no caller ever changes what another one gets. */
export interface Entry extends Times {
  bytes: Uint8Array
}

/** Identifier of each tag's last invalidation, by tag. */
export type TagVersions = Readonly<Record<string, string>>

/** A value in a form that keeps what the database's documents are made of: dates, identifiers, integers. */
export function encodeValue (value: unknown): Uint8Array {
  // a copy of its own: small buffers would keep the whole pool alive that they are cut from
  return new Uint8Array(BSON.serialize({ value }, { ignoreUndefined: true }))
}

/** A fresh copy of the value, as the driver would have read it. */
export function decodeValue (bytes: Uint8Array): unknown {
  return (BSON.deserialize(bytes) as { value?: unknown }).value
}

/** The entry with the versions that its tags had before it was loaded, for the shared tier. */
export function encodeEntry ({ bytes, ...times }: Entry, versions: TagVersions): Uint8Array {
  return BSON.serialize({ times, versions: Object.entries(versions), bytes: new BSON.Binary(bytes) })
}

/** The entry in what the shared tier holds, if none of its tags was invalidated since; undefined too if it is damaged. */
export function decodeEntry (stored: Uint8Array | null, versions: TagVersions): Entry | undefined {
  if (stored === null) return undefined
  try {
    const { times, versions: known, bytes } = BSON.deserialize(stored) as { times: Times, versions: [string, string][], bytes: BSON.Binary }
    const isCurrent = known.every(([tag, version]) => versions[tag] === version)
    return isCurrent ? { ...times, bytes: new Uint8Array(bytes.value()) } : undefined
  } catch {
    return undefined
  }
}
