import type { Behaviour } from './behaviour.ts'

const HUGE_BYTES = 10_000_000
const ABSURD_FACTOR = 1000

/** Texts that are no price: not a number, not positive, not decimal. */
const NONSENSE = ['NaN', '-1.00000000', '6e4', '0.00000000']

function isPrice (name: string): boolean {
  return ['price', 'lastPrice', '1', '2', '3', '4'].includes(name)
}

/** Of each three items one stays true, one is a thousand times as dear, one is nonsense. */
function distort (item: object, i: number): unknown {
  if (i % 3 === 0) return item
  const change = (text: string) => i % 3 === 1 ? String(Number(text) * ABSURD_FACTOR) : NONSENSE[Math.floor(i / 3) % NONSENSE.length]
  const entries = Object.entries(item).map(([name, value]: [string, unknown]) => [name, isPrice(name) ? change(String(value)) : value] as const)
  return Array.isArray(item) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

/** The text of a lie in place of a true answer. */
export function lieAbout (body: unknown, lie: Behaviour['lie']): string {
  if (lie === 'huge') return `["${'x'.repeat(HUGE_BYTES)}"]`
  if (lie === 'json') return '[{"symbol": "BTCUSDT", "price":'
  if (lie === 'shape') return '{"symbol": "BTCUSDT", "price": 64250.1}'
  return JSON.stringify([body].flat().map((item, i) => distort(Object(item) as object, i)))
}
