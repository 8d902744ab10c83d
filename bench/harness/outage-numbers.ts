import type { Measured } from './claim.ts'
import type { Course } from './outages.ts'
import { percentile } from './statistics.ts'
import type { Mark } from './timeline-child.ts'

/** From then on everybody may be expected to know of an outage. */
const KNOWN_AFTER_MS = 6000
/** A service that is back is to be used again within this time. */
const GOAL_MS = 2000
const UNAVAILABLE = 503

export const isGood = ({ status }: Mark): boolean => status >= 200 && status < 300
export const isRefused = ({ status, problem }: Mark): boolean => status === UNAVAILABLE && problem !== ''
/** Refused because there is more to do than the server can, or takes for that. */
export const isShed = ({ problem }: Mark): boolean => problem === 'OVERLOADED'

const times = (marks: readonly Mark[]): number[] => marks.map(({ ms }) => ms)
export const percentOf = (marks: readonly Mark[], is: (mark: Mark) => boolean): number => 100 * marks.filter(is).length / marks.length
export const p50 = (marks: readonly Mark[]): number => percentile(times(marks), 0.5)
export const p99 = (marks: readonly Mark[]): number => percentile(times(marks), 0.99)

/** Requests by when they were under way. */
export function phasesOf ({ marks, struckAt, mendedAt }: Course) {
  return {
    before: marks.filter(({ at, ms }) => at + ms <= struckAt),
    during: marks.filter(({ at, ms }) => at + ms > struckAt && at < mendedAt),
    known: marks.filter(({ at }) => at > struckAt + KNOWN_AFTER_MS && at < mendedAt),
    after: marks.filter(({ at }) => at >= mendedAt)
  }
}

/** How soon a stream is answered well again, and all are; 0 where nothing failed. */
export function returnOf ({ marks, mendedAt }: Course, streams: readonly string[]): Measured {
  const first = (name: string): number => Math.min(...marks.filter((mark) => mark.stream === name && isGood(mark)).map(({ at, ms }) => at + ms - mendedAt).filter((ms) => ms >= 0))
  const failed = marks.filter((mark) => !isGood(mark))
  return {
    ...Object.fromEntries(streams.map((name) => [`back_first_${name}_ms`, first(name)])),
    back_last_failure_ms: Math.max(0, ...failed.map(({ at, ms }) => at + ms - mendedAt)),
    failed_later: failed.filter(({ at }) => at > mendedAt + GOAL_MS).length
  }
}
