const MODES = ['ok', 'slow', 'fail', 'limit', 'lie'] as const
const LIES = ['prices', 'json', 'shape', 'huge', 'redirect'] as const

/** What the exchange is told to be like. */
export interface Behaviour {
  /** `slow` waits, `fail` answers `status`, `limit` answers 429 with `Retry-After`, `lie` answers what is not so. */
  mode: typeof MODES[number]
  /** `prices`: a third absurd, a third malformed · `json`: broken · `shape`: another one · `huge`: 10 MB · `redirect`: to `location`. */
  lie: typeof LIES[number]
  delay_ms: number
  status: number
  retry_after_s: number
  location: string
}

/** How the exchange behaves unless it is told otherwise. */
export const DEFAULTS: Behaviour = { mode: 'ok', lie: 'prices', delay_ms: 10_000, status: 500, retry_after_s: 30, location: 'http://localhost:1/' }

const isOneOf = (names: readonly string[]) => (value: unknown) => names.some((name) => name === value)
const isFrom = (least: number, most: number) => (value: unknown) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most
const CHECKS: Record<keyof Behaviour, (value: unknown) => boolean> = {
  mode: isOneOf(MODES),
  lie: isOneOf(LIES),
  delay_ms: isFrom(0, 600_000),
  status: isFrom(400, 599),
  retry_after_s: isFrom(0, 600_000),
  location: (value) => typeof value === 'string' && URL.canParse(value)
}

function isBehaviour (value: object): value is Partial<Behaviour> {
  const checks = new Map<string, (value: unknown) => boolean>(Object.entries(CHECKS))
  return Object.entries(value).every(([name, setting]) => checks.get(name)?.(setting) === true)
}

/** What a control message says, the rest by default; null for a message that is none. */
export function readBehaviour (text: string): Behaviour | null {
  try {
    const value: unknown = JSON.parse(text)
    return value instanceof Object && isBehaviour(value) ? { ...DEFAULTS, ...value } : null
  } catch {
    return null
  }
}
