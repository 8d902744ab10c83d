import type { OpsSlowQuery } from '../../../schemas/ops.ts'
import { eventOf } from './reader.ts'

/** The event that tells of slow queries: the newest one, and whether it was told to those who read already. */
export function createSlowQueries (read: () => Promise<OpsSlowQuery[]>) {
  let latest = ''
  let isNews = false

  return {
    /** For one who has just come; empty if nothing is known yet. */
    get latest (): string { return latest },

    /** Asks the database. While it is away, what was told stays. */
    ask (): void {
      read().then((queries) => {
        latest = eventOf('slow-queries', queries)
        isNews = true
      }, () => {})
    },

    /** What is to be told, once. */
    takeNews (): string {
      const news = isNews ? latest : ''
      isNews = false
      return news
    }
  }
}
export type SlowQueries = ReturnType<typeof createSlowQueries>
