import { setPriority } from 'node:os'

/** Lets a process, this one by default, go before others where that is allowed: in earnest it has a machine that nobody else makes load on. */
export function goFirst (priority: number, pid = process.pid): void {
  try {
    setPriority(pid, priority)
  } catch (error) {
    console.error(`At normal priority: ${String(error)}`)
  }
}
