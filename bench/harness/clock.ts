/** Milliseconds since the epoch with parts of them: the same moment in all processes of a machine. */
export function now (): number {
  return performance.timeOrigin + performance.now()
}
