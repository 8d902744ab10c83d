const MODES = ['ok', 'slow', 'late', 'refuse', 'pending', 'busy', 'drop-before', 'drop-after', 'fail-before', 'fail-after', 'lie'] as const
const LIES = ['id', 'amount', 'address', 'status', 'json', 'shape', 'huge', 'redirect'] as const
const OPERATIONS = ['pay', 'look_up', 'all'] as const

/** What the provider is told to be like. */
export interface Behaviour {
  /**
   * `slow` waits and then does it, `late` does it and then waits, both for `delay_ms` · `refuse` for good · `pending`: paid `delay_ms`
   * later · `busy` does not take it, by `status` · `drop-` and `fail-`: the connection ends, or 500, before or after it is done ·
   * `lie` does it and answers what is not so.
   */
  mode: typeof MODES[number]
  /** That of another payment, or a `paid` by status 500, broken JSON, no statement, 1 MB, a redirect. */
  lie: typeof LIES[number]
  /** To which requests. */
  on: typeof OPERATIONS[number]
  /** To how many of them, 0 for all; then as by default. */
  times: number
  delay_ms: number
  status: number
}

/** How the provider behaves unless it is told otherwise. */
export const DEFAULTS: Behaviour = { mode: 'ok', lie: 'amount', on: 'pay', times: 0, delay_ms: 15_000, status: 503 }

const isOneOf = (names: readonly unknown[]) => (value: unknown) => names.includes(value)
const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 600_000
const CHECKS: Record<keyof Behaviour, (value: unknown) => boolean> = {
  mode: isOneOf(MODES),
  lie: isOneOf(LIES),
  on: isOneOf(OPERATIONS),
  times: isCount,
  delay_ms: isCount,
  status: isOneOf([429, 503])
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

/** Which behaviour each request meets, counting them. */
export function createDirector () {
  let behaviour = DEFAULTS
  let left = Infinity

  return {
    current: (): Behaviour => behaviour,
    tell: (changes: Partial<Behaviour>): void => {
      behaviour = { ...DEFAULTS, ...changes }
      left = behaviour.times === 0 ? Infinity : behaviour.times
    },
    next: (operation: 'pay' | 'look_up'): Behaviour => {
      const isMeant = behaviour.on === 'all' || behaviour.on === operation
      if (!isMeant || left === 0) return DEFAULTS
      left--
      return behaviour
    }
  }
}
