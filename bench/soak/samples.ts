import { setTimeout as delay } from 'node:timers/promises'
import type { Memory } from './server.ts'

export interface Sample extends Memory {
  /** Since the traffic began. */
  seconds: number
}

const MS_PER_S = 1000
const COLUMNS = ['seconds', 'heapUsed', 'external', 'arrayBuffers', 'rss', 'handles'] as const
/** Part of the time in which caches fill and code is compiled; what grows then is not judged. */
const WARM_UP = 1 / 3

/** Takes samples until the time is over. */
export async function collect (sample: () => Promise<Memory>, { seconds, intervalMs }: { seconds: number, intervalMs: number }, tell: (sample: Sample) => void): Promise<Sample[]> {
  const samples: Sample[] = []
  const begin = performance.now()
  const elapsed = () => (performance.now() - begin) / MS_PER_S
  while (elapsed() < seconds) {
    await delay(intervalMs)
    const taken = { ...await sample(), seconds: elapsed() }
    samples.push(taken)
    tell(taken)
  }
  return samples
}

/** The samples behind the warm-up. */
export function judgedOf (samples: readonly Sample[]): Sample[] {
  const end = samples.at(-1)?.seconds ?? 0
  return samples.filter(({ seconds }) => seconds >= end * WARM_UP)
}

/** All samples as CSV (RFC 4180), with a header; bytes and s. */
export function toCsv (samples: readonly Sample[]): string {
  const rows = samples.map((sample) => COLUMNS.map((name) => name === 'seconds' ? sample.seconds.toFixed(1) : sample[name]).join())
  return [COLUMNS.join(), ...rows].map((row) => `${row}\r\n`).join('')
}
