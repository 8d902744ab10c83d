import { setPriority } from 'node:os'

/** Lets this process go before others where that is allowed: in earnest it has a machine that nobody else makes load on. */
export function goFirst (priority: number): void {
  try {
    setPriority(priority)
  } catch (error) {
    console.error(`At normal priority: ${String(error)}`)
  }
}
