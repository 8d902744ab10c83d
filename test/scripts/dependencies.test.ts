import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { countVulnerabilities } from '../../scripts/dependencies/advisories.ts'
import { findRefused, type Lock } from '../../scripts/dependencies/licences.ts'
import { run } from '../process.ts'

t.test('every production dependency has a licence that we may use', async (t) => {
  const lock = JSON.parse(await readFile(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as Lock

  t.strictSame(findRefused(lock), [])
})

t.test('a licence that is not allowed, or none, is told with its package', async (t) => {
  const packages = {
    '': { license: 'MIT' },
    'node_modules/a': { version: '1.0.0', license: 'AGPL-3.0-only' },
    'node_modules/b/node_modules/@c/d': { version: '2.0.0' },
    'node_modules/e': { version: '1.0.0', license: '(MIT OR GPL-3.0-only)' },
    'node_modules/f': { version: '1.0.0', license: 'MIT AND GPL-3.0-only' },
    'node_modules/g': { version: '1.0.0', license: 'GPL-3.0-only', dev: true }
  }

  t.strictSame(findRefused({ packages }), ['a 1.0.0: AGPL-3.0-only', '@c/d 2.0.0: no licence', 'f 1.0.0: MIT AND GPL-3.0-only'])
})

t.test('what npm audit found is told from what it could not ask', async (t) => {
  t.equal(countVulnerabilities('{"metadata":{"vulnerabilities":{"low":3,"high":1,"critical":2}}}'), 3)
  t.equal(countVulnerabilities('{"metadata":{"vulnerabilities":{"low":3,"high":0,"critical":0}}}'), 0)
  for (const output of ['{"message":"405 Method Not Allowed","error":{}}', '', 'npm error']) t.equal(countVulnerabilities(output), undefined)
})

t.test('the commands say what they found', async (t) => {
  const licences = run(t, ['scripts/dependencies/index.ts', 'licences'], {})
  t.equal(await licences.exited, 0)
  t.match(licences.output(), /Every production dependency has an allowed licence/)
  t.equal(await run(t, ['scripts/dependencies/index.ts'], {}).exited, 2)
})
