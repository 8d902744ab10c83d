import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { addQueuedJob, buildBoard } from './board.ts'
import { needsChromium, startChromium } from './chromium.ts'
import { needsRedis } from './redis.ts'

/** For whatever a page waits for, on a machine that does much else. */
const LIMIT_MS = 60_000

/** What goes wrong in the pages of a context: what a policy forbids is an error there. */
function watch (context: BrowserContext): string[] {
  const faults: string[] = []
  context.on('page', (page) => {
    page.setDefaultTimeout(LIMIT_MS)
    page.on('pageerror', (error) => { faults.push(String(error)) })
    page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()) })
  })
  return faults
}

async function signIn (page: Page, origin: string, path: string): Promise<void> {
  await page.goto(origin + path)
  await page.locator('#username').fill('admin')
  await page.locator('#password').fill('demo-password')
  await page.keyboard.press('Enter')
}

async function build (t: Test) {
  const { fastify } = await buildBoard(t)
  const id = await addQueuedJob(fastify, 'withdrawal-1')
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  return { origin, id, browser: await startChromium(t) }
}

t.test('in a browser', { ...needsChromium, ...needsRedis }, async (t) => {
  const { origin, id, browser } = await build(t)

  await t.test('an admin comes from /ops to the queue in a tab of its own, and a sign-out ends both', async (t) => {
    const context = await browser.newContext({ locale: 'en' })
    const faults = watch(context)
    const ops = await context.newPage()
    await signIn(ops, origin, '/ops?lang=en')
    const [board] = await Promise.all([context.waitForEvent('page'), ops.getByRole('link', { name: 'Queues' }).click()])
    await board.waitForURL('**/ops/queues/')
    await board.getByRole('link', { name: 'outbox' }).first().click()
    await board.getByText(id).first().waitFor()
    t.strictSame(await board.evaluate(() => ({ hasOpener: window.opener !== null, cookie: document.cookie })), { hasOpener: false, cookie: '' }, 'its scripts reach neither the page at /ops nor the cookie')
    for (const name of ['Options', 'Logs', 'Error', 'Data']) await board.getByText(name, { exact: true }).first().click()
    await board.getByText(id).first().click()
    await board.waitForURL(`**/ops/queues/queue/outbox/${id}*`)
    await board.getByText('withdrawal', { exact: true }).first().waitFor()
    t.equal(await board.getByRole('button', { name: /^(?:Retry|Clean|Promote|Add|Pause|Empty|Obliterate|Duplicate|Update)/ }).count(), 0, 'nothing to change it with')
    t.strictSame(faults, [], 'the policies of both are kept')

    const ended = ops.waitForResponse((response) => response.request().method() === 'DELETE')
    await ops.getByRole('button', { name: 'Sign out' }).click()
    t.equal((await ended).status(), 204)
    await ops.locator('#username').waitFor()
    t.equal(await ops.getByRole('link', { name: 'Queues' }).count(), 0)
    await board.reload()
    await board.waitForURL('**/ops')
    await board.locator('#username').waitFor()
    await context.close()
  })

  await t.test('in Arabic the link is there too', async (t) => {
    const context = await browser.newContext({ locale: 'ar' })
    const faults = watch(context)
    const ops = await context.newPage()
    await signIn(ops, origin, '/ops')
    await ops.getByRole('link', { name: 'الطوابير' }).waitFor()
    t.strictSame(faults, [])
    await context.close()
  })
})
