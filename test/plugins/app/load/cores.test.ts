import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { countCores } from '../../../../plugins/app/load/cores.ts'

/** A control group with these files. */
function group (t: Test, files: Record<string, string>): string {
  const root = t.testdir()
  mkdirSync(join(root, 'cpu'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
  return root
}

t.test('the quota of the control group counts, of either version', async (t) => {
  t.equal(countCores(group(t, { 'cpu.max': '50000 100000\n' })), 0.5)
  t.equal(countCores(group(t, { 'cpu/cpu.cfs_quota_us': '25000\n', 'cpu/cpu.cfs_period_us': '100000\n' })), 0.25)
})

t.test('without a quota there are the cores of the machine', async (t) => {
  const all = availableParallelism()
  t.equal(countCores(group(t, { 'cpu.max': 'max 100000\n' })), all)
  t.equal(countCores(group(t, { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' })), all)
  t.equal(countCores(group(t, {})), all)
  t.equal(countCores(group(t, { 'cpu.max': '99900000 100000\n' })), all, 'a quota above what there is')
})
