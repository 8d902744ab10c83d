import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')

t.test('every file that SECURITY.md names is there', async (t) => {
  const page = await readFile(join(root, 'SECURITY.md'), 'utf8')
  const files = [...page.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file = '']) => file)

  t.ok(files.length > 30)
  t.strictSame(files.filter((file) => !existsSync(join(root, file))), [])
})

t.test('each of the ten risks has a control and a test', async (t) => {
  const page = await readFile(join(root, 'SECURITY.md'), 'utf8')
  const rows = [...page.matchAll(/^\| API(\d+) .*\|.*\|(.*)\|(.*)\|$/gm)]

  t.strictSame(rows.map(([, risk]) => Number(risk)), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  for (const [, risk, control, test] of rows) {
    t.match(control, /`[\w./-]+\.ts`/, `API${risk}`)
    t.match(test, /`test\/[\w./-]+\.test\.ts`/, `API${risk}`)
  }
})
