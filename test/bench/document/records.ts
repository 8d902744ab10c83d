import type { BenchRecord, Records } from '../../../bench/document/record.ts'

/** A record of one number, measured off and on in turns that followed each other; or on alone. */
export function recordOf (claim: string, turns: BenchRecord['turns'], own: Partial<BenchRecord> = {}): [string, BenchRecord] {
  return [claim, { claim, question: 'What does it do?', command: `npm run bench -- ${claim} --rounds ${turns[0]?.length}`, date: '2026-11-27', conditions: { rounds: turns[0]?.length, engine: 'embedded', load_average: 1.25, arch: 'x64' }, variants: turns.length === 1 ? ['on'] : ['off', 'on'], turns, ...own }]
}

/** Turns of one number. */
export const turnsOf = (metric: string, ...variants: number[][]): BenchRecord['turns'] => variants.map((numbers) => numbers.map((number) => ({ [metric]: number })))

/** Two records: one that halves a time, one that fails two requests. */
export const RECORDS: Records = new Map([
  recordOf('indexes', turnsOf('p50_ms', [100, 200, 100], [50, 80, 60])),
  recordOf('restarts', turnsOf('failed', [2]))
])
