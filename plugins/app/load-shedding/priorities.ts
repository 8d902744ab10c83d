/** Classes of requests, from those that are never refused to those that are refused first. */
export const PRIORITIES = ['critical', 'withdrawal', 'sign-in', 'write', 'read', 'export'] as const
export type Priority = typeof PRIORITIES[number]

/** Part of the limit that a class may fill: the rest is left to those before it. */
const SHARES = { 'sign-in': 1, write: 0.875, read: 0.75, export: 0.5 }

export interface Bounds {
  /** Requests in flight that the server keeps up with. */
  limit: number
  /** Requests in flight that it can hold at all. */
  ceiling: number
}

/** Requests in flight up to which another one of the class is admitted. */
export function roomFor (priority: Priority, { limit, ceiling }: Bounds): number {
  if (priority === 'critical') return Infinity
  return priority === 'withdrawal' ? ceiling : limit * SHARES[priority]
}
