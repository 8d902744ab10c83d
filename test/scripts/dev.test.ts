import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../process.ts'

const appFile = join(import.meta.dirname, '../../app.ts')

t.test('npm run dev serves demo data, tells where, and keeps the data when a source file changes', async (t) => {
  const dev = run(t, ['scripts/dev.js'], { PORT: '0', DEMO_USERS: '20', MONGODB_MIN_POOL_SIZE: '0' })
  const [, origin] = await dev.printed(/REST API +(http:\/\/127\.0\.0\.1:\d+)\/v1/)
  await dev.printed(/Demo users +demo-user/)
  t.match(dev.output(), /Embedded database: mongodb:\/\/127\.0\.0\.1:\d+ \(the data lives in memory/)
  t.match(dev.output(), /Market simulator: +http:\/\/127\.0\.0\.1:\d+ \(POST/)
  t.equal((await fetch(`${origin}/v1/market/prices?symbols=BTCUSDT`)).status, 200)
  for (const page of ['/docs', '/graphiql']) t.match(dev.output(), `${origin}${page}`)
  const account = { username: 'kept-over-reload', password: 'a long password' }
  const send = (url: string) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(account) })
  t.equal((await send(`${origin}/v1/users`)).status, 201)

  await utimes(appFile, new Date(), new Date())
  const [, , reloaded] = await dev.printed(/REST API +(http:\S+)\/v1[^]+REST API +(http:\S+)\/v1/)

  t.equal((await send(`${reloaded}/v1/sessions`)).status, 201)
  t.equal(await dev.stop('SIGINT'), 0)
})
