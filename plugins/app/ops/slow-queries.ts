import type { OpsSlowQuery } from '../../../schemas/ops.ts'
import { eventOf } from './reader.ts'

/** The event that tells of slow queries: the newest one, and whether it was told to those who read already. */
export function createSlowQueries (read: () => Promise<OpsSlowQuery[]>) {
  let latest = ''
  let isNews = false
  let isAsking = false

  function tell (queries: OpsSlowQuery[]): void {
    const event = eventOf('slow-queries', queries)
    isNews ||= event !== latest
    latest = event
  }

  return {
    /** For one who has just come; empty if nothing is known yet. */
    get latest (): string { return latest },

    /** Asks the database, once at a time. While it is away, what was told stays. */
    ask (): void {
      if (isAsking) return
      isAsking = true
      read().then(tell).catch(() => {}).finally(() => { isAsking = false })
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
