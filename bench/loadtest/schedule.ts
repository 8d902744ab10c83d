import { hash } from '../../scripts/market/walk.ts'

/** A question that is due at a time, in ms from the beginning, whatever became of those before. */
export interface Question {
  at: number
  user: number
  /** Place in [0, 1) that chooses what is asked. */
  choice: number
}

const MS_PER_S = 1000
/** Random numbers of one question: its time, its user, what it is. */
const DRAWS = 3

/** Times of a Poisson process, and what else is drawn for each. */
function * drawTimes (rate: number, seed: number) {
  let at = 0
  for (let place = 0; ; place += DRAWS) {
    at -= Math.log(1 - hash(seed, place)) * MS_PER_S / rate
    yield { at, who: hash(seed, place + 1), choice: hash(seed, place + 2) }
  }
}

/** Each user comes once, in turn, and asks: all within about `seconds`. */
export function * planArrivals (users: number, seconds: number, seed: number): Generator<Question> {
  let user = 0
  for (const { at, choice } of drawTimes(users / seconds, seed)) {
    yield { at, user, choice }
    user += 1
    if (user === users) return
  }
}

/**
 * What all users ask within `seconds`. Each thinks for an exponential time, `users / rate` seconds in the mean: together they are
 * one Poisson process of which every event belongs to a user at random, which is how it is drawn.
 */
export function * planQuestions (users: number, { rate, seconds, seed }: { rate: number, seconds: number, seed: number }): Generator<Question> {
  for (const { at, who, choice } of drawTimes(rate, seed)) {
    if (at >= seconds * MS_PER_S) return
    yield { at, user: Math.floor(who * users), choice }
  }
}
