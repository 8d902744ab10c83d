import type { TagVersions } from './entry.ts'

/**
 * What the processes of the fleet share. An entry names the versions that its tags had before it was loaded, and counts
 * only while they are the same: a load that an invalidation overtakes has stored nothing that anybody will read. A tag
 * that is lost gets a new version, which no entry has.
 */
export interface SharedTier {
  /** What is stored under the key, and the present versions of the tags. */
  read: (key: string, tags: readonly string[]) => Promise<{ stored: Uint8Array | null, versions: TagVersions }>
  write: (key: string, stored: Uint8Array, lifeMs: number) => Promise<void>
  /** Gives each tag a new version and tells the other processes. */
  invalidate: (tags: readonly string[]) => Promise<void>
  /** Whether `owner` may do now what only one process shall do, for `lifeMs`; so it may again while it still owns it. */
  claim: (name: string, owner: string, lifeMs: number) => Promise<boolean>
  release: (name: string, owner: string) => Promise<void>
}
