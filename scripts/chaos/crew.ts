/** What a crew needs to know of its processes. */
export interface Member {
  isAlive: () => boolean
  pause: () => void
  resume: () => void
  kill: () => Promise<void>
}

const ATTEMPTS = 5

/** Starts a process, again where it could not: its database may have been away. */
async function startInTheEnd<T> (start: () => Promise<T>, attempt = 1): Promise<T> {
  try {
    return await start()
  } catch (error) {
    if (attempt === ATTEMPTS) throw error
    return await startInTheEnd(start, attempt + 1)
  }
}

/**
 * One process that works, and with `hasSpare` one that has started already and stands still, so that the place of the killed
 * one is taken at once: starting is what costs time.
 */
export function createCrew<T extends Member> (start: () => Promise<T>, hasSpare: boolean) {
  async function startSpare (): Promise<T> {
    const member = await startInTheEnd(start)
    member.pause()
    return member
  }
  function prepare (): Promise<T> | undefined {
    const next = hasSpare ? startSpare() : undefined
    // told by whoever takes it
    next?.catch(() => {})
    return next
  }
  async function promote (): Promise<T> {
    const member = await (spare ?? startInTheEnd(start))
    spare = prepare()
    if (hasSpare) member.resume()
    return member
  }
  let spare = prepare()
  let working = promote()

  return {
    /** The one that works; if it has been killed, the next one. */
    async current (): Promise<T> {
      const asked = working
      const member = await asked
      // of several that ask at once, the first promotes
      if (!member.isAlive() && asked === working) working = promote()
      return await working
    },

    async close (): Promise<void> {
      const members = await Promise.allSettled([working, spare])
      await Promise.all(members.map(async (settled) => { if (settled.status === 'fulfilled') await settled.value?.kill() }))
    }
  }
}
export type Crew<T extends Member> = ReturnType<typeof createCrew<T>>
