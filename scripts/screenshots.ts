import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium, type Browser, type BrowserContextOptions } from 'playwright-core'

/*
 * `npm run screenshots`: the pictures of the README, of the page at `/ops` of a server that runs (`npm run dev`), in a minute. Needs
 * Chromium (`CHROMIUM_PATH`, by default Debian’s); the server is `SCREENSHOTS_URL`, by default the one of `npm run dev`.
 */
const ORIGIN = process.env.SCREENSHOTS_URL ?? 'http://127.0.0.1:3000'
const FOLDER = join(import.meta.dirname, '../docs/images')
const DURATION_MS = 60_000
const PATHS = ['/v1/signals', '/v1/signals?limit=5', '/v1/analysts', '/v1/signals?status=hit&limit=50', '/v1/analysts?limit=3', '/healthz']

interface Picture {
  name: string
  context: BrowserContextOptions
}

const PICTURES: Picture[] = [
  { name: 'ops-desktop-dark', context: { locale: 'en-GB', colorScheme: 'dark', viewport: { width: 1280, height: 800 } } },
  { name: 'ops-phone-arabic', context: { locale: 'ar', colorScheme: 'light', viewport: { width: 375, height: 760 }, isMobile: true, hasTouch: true } }
]

/** Requests in waves, so that there is something to see. */
async function makeTraffic (until: number): Promise<void> {
  for (let i = 0; Date.now() < until; i++) {
    await fetch(ORIGIN + PATHS[i % PATHS.length]).then((answer) => answer.text())
    await delay(120 + 100 * Math.sin(i / 20))
  }
}

async function signIn (browser: Browser, { context }: Picture) {
  const page = await browser.newPage(context)
  await page.goto(`${ORIGIN}/ops`)
  await page.locator('#username').fill('demo-admin')
  await page.locator('#password').fill('demo-password')
  await page.keyboard.press('Enter')
  await page.locator('.chart[data-points]').first().waitFor()
  return page
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
await mkdir(FOLDER, { recursive: true })
const pages = await Promise.all(PICTURES.map((picture) => signIn(browser, picture)))
await makeTraffic(Date.now() + DURATION_MS)
for (const [i, page] of pages.entries()) await page.screenshot({ path: join(FOLDER, `${PICTURES[i]?.name}.png`) })
await browser.close()
