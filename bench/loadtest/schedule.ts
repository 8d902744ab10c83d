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

/** Gives the times of a Poisson process, one after the other, and what else is drawn for each. */
function createDraws (rate: number, seed: number) {
  let at = 0
  let place = 0
  return function draw () {
    at -= Math.log(1 - hash(seed, place)) * MS_PER_S / rate
    const drawn = { at, who: hash(seed, place + 1), choice: hash(seed, place + 2) }
    place += DRAWS
    return drawn
  }
}

/** Each user comes once, in turn, and asks: all within about `seconds`. */
export function * planArrivals (users: number, seconds: number, seed: number): Generator<Question> {
  const draw = createDraws(users / seconds, seed)
  for (let user = 0; user < users; user++) {
    const { at, choice } = draw()
    yield { at, user, choice }
  }
}

/**
 * What all users ask within `seconds`. Each thinks for an exponential time, `users / rate` seconds in the mean: together they are
 * one Poisson process of which every event belongs to a user at random, which is how it is drawn.
 */
export function * planQuestions (users: number, { rate, seconds, seed }: { rate: number, seconds: number, seed: number }): Generator<Question> {
  const draw = createDraws(rate, seed)
  for (let drawn = draw(); drawn.at < seconds * MS_PER_S; drawn = draw()) {
    yield { at: drawn.at, user: Math.floor(drawn.who * users), choice: drawn.choice }
  }
}
