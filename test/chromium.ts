import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import type { Test } from 'tap'

/** As Debian and others name it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

const executablePath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync)
if (executablePath === undefined && process.env.CI) throw new Error('chromium is not installed')

/** Options of a test that needs a browser: where there is none it is skipped by name, in CI its absence is a failure. */
export const needsChromium = executablePath === undefined ? { skip: 'chromium is not installed' } : {}

/** Starts a browser of this test's own, ended with the test. */
export async function startChromium (t: Test): Promise<Browser> {
  // root, as which containers run tests, has no sandbox; the page is ours
  const browser = await chromium.launch({ executablePath: String(executablePath), args: ['--no-sandbox', '--disable-dev-shm-usage'], timeout: 90_000 })
  t.teardown(() => browser.close())
  return browser
}
