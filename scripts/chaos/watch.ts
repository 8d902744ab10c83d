export const SIDES = ['before', 'after'] as const

/** A moment: before the n-th write reaches whom it is sent to, or after it is done and before the process knows. */
export interface Moment {
  nth: number
  side: typeof SIDES[number]
}

/** What is done at a moment. What was to pass then waits for it, and passes on only if it says so. */
export interface Target {
  moment: Moment
  strike: () => boolean | Promise<boolean>
}

/** Follows the writes of a process, wherever they go, and strikes at one of them. */
export function createWatch () {
  let titles: string[] | null = null
  let target: Target | undefined
  let awaited: { token: unknown, target: Target } | undefined

  function rest (): void {
    target = undefined
    awaited = undefined
  }

  function hit ({ strike }: Target): boolean | Promise<boolean> {
    rest()
    return strike()
  }

  return {
    /** Notes every write from now on, and strikes at the moment of the target. */
    arm (at?: Target): void {
      rest()
      titles = []
      target = at
    },

    /** Ends that; the writes that there were. */
    disarm (): string[] {
      const seen = titles ?? []
      rest()
      titles = null
      return seen
    },

    /** Whether a write passes on; `token` stands for it until its answer comes. */
    enter (title: string, token: unknown): boolean | Promise<boolean> {
      if (titles === null) return true
      titles.push(title)
      if (titles.length !== target?.moment.nth) return true
      if (target.moment.side === 'before') return hit(target)
      awaited = { token, target }
      return true
    },

    /** Whether the answer to a write passes on. */
    leave: (token: unknown): boolean | Promise<boolean> => awaited === undefined || token !== awaited.token || hit(awaited.target)
  }
}
export type Watch = ReturnType<typeof createWatch>
