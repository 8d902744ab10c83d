/**
 * Commands that wait for their reply, by the driver's number. When one too many waits, the oldest is forgotten:
 * there are never more real ones than connections, so its reply got lost with its connection.
 */
export function createStartedCommands<T> (limit: number) {
  const started = new Map<number | undefined, T>()

  return {
    add (id: number, command: T): void {
      if (started.size >= limit) {
        const [oldest] = started.keys()
        started.delete(oldest)
      }
      started.set(id, command)
    },
    take (id: number): T | undefined {
      const command = started.get(id)
      started.delete(id)
      return command
    }
  }
}
