import type { BrowserContextOptions, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { SlowQueryDocument } from '../schemas/slow-queries.ts'
import { needsChromium, startChromium } from './chromium.ts'
import { buildApp } from './helper.ts'
import { addPeople } from './people.ts'

/** For whatever the page waits for, on a machine that does much else. */
const LIMIT_MS = 60_000

async function build (t: Test) {
  const fastify = await buildApp(t, { env: { HOST: '127.0.0.1' } })
  await addPeople(fastify)
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const browser = await startChromium(t)
  return {
    fastify,
    /** A page at `/ops`, and what went wrong in it: what its policy forbids is an error there. */
    async open (this: void, context: BrowserContextOptions, path = '/ops') {
      const page = await browser.newPage(context)
      page.setDefaultTimeout(LIMIT_MS)
      const faults: string[] = []
      page.on('pageerror', (error) => { faults.push(String(error)) })
      page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()) })
      await page.goto(origin + path)
      return { page, faults }
    }
  }
}

async function signIn (page: Page, username: string): Promise<void> {
  await page.getByLabel(/^(Name|الاسم)$/).fill(username)
  await page.getByLabel(/^(Password|كلمة المرور)$/).fill('demo-password')
  await page.keyboard.press('Enter')
}

/** Waits until every chart has so many points or more. */
async function waitForPoints (page: Page, least: number): Promise<void> {
  await page.waitForFunction((points) => {
    const charts = [...document.querySelectorAll<HTMLElement>('.chart')]
    return charts.length > 0 && charts.every(({ dataset }) => Number(dataset.points) >= points)
  }, least)
}

const shown = (page: Page) => page.evaluate(() => {
  const root = document.documentElement
  return { lang: root.lang, dir: root.dir, overflow: root.scrollWidth - window.innerWidth, back: window.getComputedStyle(document.body).backgroundColor }
})

t.test('in a browser', needsChromium, async (t) => {
  const { fastify, open } = await build(t)

  await t.test('an admin signs in by keyboard and sees charts with points, and numbers beside them', async (t) => {
    const query = { collection: 'users', operation: 'find', shape: '{"filter":{"a":"?"}}', count: 3, total_ms: 1800, max_ms: 700, last_seen: new Date(), requests: [], plan: { index: null, scan: true, keys_examined: 0, documents_examined: 500, returned: 1, sorted: null } }
    await fastify.documents.collection<SlowQueryDocument>('slow_queries').insertOne({ _id: 'a', ...query })
    const { page, faults } = await open({ colorScheme: 'dark', locale: 'en-GB', viewport: { width: 1280, height: 900 } })
    await signIn(page, 'admin')
    await waitForPoints(page, 2)

    t.equal(await page.locator('canvas').count(), 7)
    t.match(await page.getByRole('region', { name: 'Requests' }).locator('dd').first().innerText(), /^[\d.,]+$/)
    t.match(await page.getByRole('status').innerText(), /Live/)
    await page.getByText('reads the whole collection').waitFor()
    t.match(await shown(page), { lang: 'en', dir: 'ltr', overflow: 0, back: 'rgb(16, 19, 24)' })
    t.strictSame(await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]), ['', 0, 0], 'tokens are nowhere but in memory')
    await page.emulateMedia({ colorScheme: 'light' })
    t.equal((await shown(page)).back, 'rgb(244, 245, 247)')
    t.strictSame(faults, [])

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Name').waitFor()
  })

  await t.test('in Arabic it reads from right to left, on a phone without scrolling sideways, and changes its language while it goes on', async (t) => {
    const { page, faults } = await open({ locale: 'ar', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true })
    t.match(await shown(page), { lang: 'ar', dir: 'rtl', overflow: 0 })
    await signIn(page, 'admin')
    await waitForPoints(page, 2)

    t.match(await shown(page), { lang: 'ar', dir: 'rtl', overflow: 0 })
    t.match(await page.getByRole('region', { name: 'الطلبات' }).locator('dd').first().innerText(), /^[٠-٩٫٬]+$/)
    await page.getByRole('link', { name: 'English' }).tap()
    t.match(await shown(page), { lang: 'en', dir: 'ltr', overflow: 0 })
    t.match(page.url(), /\?lang=en$/)
    await waitForPoints(page, 3)
    t.strictSame(faults, [])
  })

  await t.test('nobody else sees anything, and the page says why', async (t) => {
    const { page } = await open({ locale: 'en' }, '/ops?lang=en')
    await signIn(page, 'nobody')
    await page.getByText('Name or password is wrong.').waitFor()
    await signIn(page, 'user')
    await page.getByText('not an administrator').waitFor()

    t.equal(await page.locator('#dashboard').isVisible(), false)
  })
})
