import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

/** Where a container sees its own control group. */
const CGROUP = '/sys/fs/cgroup'

function readNumbers (path: string): number[] {
  try {
    // `max`, no quota, becomes NaN
    return readFileSync(path, 'utf8').trim().split(' ').map(Number)
  } catch {
    return []
  }
}

/**
 * Cores that this process may use: those of the machine, or fewer by the quota of its control group, version 2 or 1
 * (https://docs.kernel.org/admin-guide/cgroup-v2.html, `cpu.max`; `cpu.cfs_quota_us`, -1 for none).
 */
export function countCores (cgroup = CGROUP): number {
  const [quota = NaN, period = NaN] = readNumbers(join(cgroup, 'cpu.max'))
  const [quotaV1 = NaN] = readNumbers(join(cgroup, 'cpu/cpu.cfs_quota_us'))
  const [periodV1 = NaN] = readNumbers(join(cgroup, 'cpu/cpu.cfs_period_us'))
  const allowed = [quota / period, quotaV1 / periodV1].filter((cores) => cores > 0)
  return Math.min(availableParallelism(), ...allowed)
}
