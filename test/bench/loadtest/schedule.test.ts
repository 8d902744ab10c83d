import t from 'tap'
import { planArrivals, planQuestions } from '../../../bench/loadtest/schedule.ts'

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

t.test('every user comes once, in turn, within about the time', async (t) => {
  const arrivals = [...planArrivals(1000, 10, 1)]

  t.strictSame(arrivals.map(({ user }) => user), Array.from({ length: 1000 }, (_, user) => user))
  t.ok(Math.abs((arrivals.at(-1)?.at ?? 0) - 10_000) < 1000, 'a tenth of it at most earlier or later')
})

t.test('questions come at the rate, in order, and end with the time', async (t) => {
  const questions = [...planQuestions(100, { rate: 800, seconds: 30, seed: 1 })]
  const times = questions.map(({ at }) => at)

  t.ok(Math.abs(questions.length - 24_000) < 24_000 * 0.02, `${questions.length} questions`)
  t.strictSame(times, times.toSorted((a, b) => a - b))
  t.ok((times.at(-1) ?? 0) < 30_000)
})

t.test('each user thinks for an exponential time, users / rate in the mean', async (t) => {
  const byUser = new Map<number, number[]>()
  for (const { at, user } of planQuestions(50, { rate: 100, seconds: 600, seed: 2 })) byUser.set(user, [...byUser.get(user) ?? [], at])
  const thinking = [...byUser.values()].flatMap((times) => times.slice(1).map((at, i) => at - (times[i] ?? 0)))

  t.equal(byUser.size, 50, 'everybody asks')
  t.ok(Math.abs(mean(thinking) - 500) < 500 * 0.03, `${mean(thinking)} ms`)
  // of an exponential time e⁻¹ are longer than the mean
  t.ok(Math.abs(thinking.filter((time) => time > 500).length / thinking.length - Math.exp(-1)) < 0.01)
})

t.test('the same seed is the same schedule, another one is not', async (t) => {
  const plan = (seed: number) => [...planQuestions(10, { rate: 50, seconds: 2, seed })]

  t.strictSame(plan(3), plan(3))
  t.notSame(plan(3), plan(4))
})
