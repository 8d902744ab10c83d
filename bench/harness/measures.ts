import type { MeasureClaim, Measured } from './claim.ts'

/** Takes the measurements of both variants in turns. */
export async function measureInTurns ({ variants: [a, b] }: Pick<MeasureClaim, 'variants'>, rounds: number): Promise<[Measured[], Measured[]]> {
  const turns: [Measured[], Measured[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    console.error(`Round ${round + 1} of ${rounds}`)
    turns[0].push(await a.measure())
    turns[1].push(await b.measure())
  }
  return turns
}
