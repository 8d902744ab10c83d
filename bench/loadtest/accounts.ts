import { percentile } from '../harness/statistics.ts'
import type { Class, Kind } from './scenario.ts'
import type { Outcome } from './wire.ts'

/** Percentiles of times, in ms. */
export interface Times {
  p50: number
  p90: number
  p99: number
  p999: number
  max: number
}

/** What became of the questions of one kind, or of one class. */
export interface Fate {
  asked: number
  answered: number
  /** Of them, from a kept answer; by 304. */
  kept: number
  notModified: number
  failed: number
  /** From when a question was due. */
  fromDue: Times
  /** From when it was sent, which a server that is late makes look good: the difference is what would have been omitted. */
  fromSent: Times
}

export interface Accounts {
  kinds: Record<string, Fate & { class: Class }>
  classes: Record<Class, Fate>
  /** Failures by what they were. */
  errors: Record<string, number>
  /** How late questions were sent, by the generator alone. */
  sentLate: Times
}

interface Tally {
  class: Class
  asked: number
  kept: number
  notModified: number
  failed: number
  fromDue: number[]
  fromSent: number[]
}

const NOT_MODIFIED = 304

const startTally = ({ class: ofClass }: Kind): Tally => ({ class: ofClass, asked: 0, kept: 0, notModified: 0, failed: 0, fromDue: [], fromSent: [] })

export function timesOf (numbers: readonly number[]): Times {
  // in order already, they are not sorted anew for each
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (share: number) => percentile(sorted, share)
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) }
}

function fateOf (tallies: readonly Tally[]): Fate {
  const sum = (name: 'asked' | 'kept' | 'notModified' | 'failed') => tallies.reduce((all, tally) => all + tally[name], 0)
  const fromDue = tallies.flatMap((tally) => tally.fromDue)
  return { asked: sum('asked'), answered: fromDue.length, kept: sum('kept'), notModified: sum('notModified'), failed: sum('failed'), fromDue: timesOf(fromDue), fromSent: timesOf(tallies.flatMap((tally) => tally.fromSent)) }
}

/** Why an outcome counts as a failure; undefined for a right answer. */
function failureOf (outcome: Outcome, { isGraphQL = false, isConditional = false }: Kind): string | undefined {
  if ('failure' in outcome) return outcome.failure
  if (outcome.status !== 200 && !(isConditional && outcome.status === NOT_MODIFIED)) return `status ${outcome.status}`
  return isGraphQL && outcome.body.includes('"errors"') ? 'GraphQL errors' : undefined
}

/** Counts what is asked and what becomes of it; times in ms. */
export function openAccounts (kinds: readonly Kind[]) {
  const tallies = new Map(kinds.map((kind) => [kind.name, startTally(kind)]))
  const errors = new Map<string, number>()
  const sentLate: number[] = []

  return {
    /** A question is sent that was due; the function takes what became of it, and says whether it was answered. */
    send (kind: Kind, due: number, sent: number): (outcome: Outcome, now: number) => boolean {
      const tally = tallies.get(kind.name) as Tally
      tally.asked += 1
      sentLate.push(sent - due)
      return function settle (outcome, now) {
        const failure = failureOf(outcome, kind)
        if (failure !== undefined) {
          tally.failed += 1
          errors.set(failure, (errors.get(failure) ?? 0) + 1)
          return false
        }
        const { status, cacheStatus } = outcome as Exclude<Outcome, { failure: string }>
        if (cacheStatus?.includes('; hit') === true) tally.kept += 1
        if (status === NOT_MODIFIED) tally.notModified += 1
        tally.fromDue.push(now - due)
        tally.fromSent.push(now - sent)
        return true
      }
    },

    close (): Accounts {
      const ofClass = (name: Class) => [...tallies.values()].filter((tally) => tally.class === name)
      return {
        kinds: Object.fromEntries([...tallies].map(([name, tally]) => [name, { class: tally.class, ...fateOf([tally]) }])),
        classes: { cached: fateOf(ofClass('cached')), uncached: fateOf(ofClass('uncached')) },
        errors: Object.fromEntries(errors),
        sentLate: timesOf(sentLate)
      }
    }
  }
}
