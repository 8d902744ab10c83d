import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../process.ts'

const ROOT = join(import.meta.dirname, '../..')
/** As an editor does that writes a file. */
const touch = (file: string) => utimes(join(ROOT, file), new Date(), new Date())

t.test('npm run dev serves demo data, tells where, and keeps the data when a source file changes', async (t) => {
  const dev = run(t, ['scripts/dev.js'], { PORT: '0', DEMO_USERS: '20', MONGODB_MIN_POOL_SIZE: '0' })
  const [, origin] = await dev.printed(/REST API +(http:\/\/127\.0\.0\.1:\d+)\/v1/)
  await dev.printed(/Demo users +demo-user/)
  t.match(dev.output(), /Embedded database: mongodb:\/\/127\.0\.0\.1:\d+ \(the data lives in memory/)
  t.match(dev.output(), /Market simulator: +http:\/\/127\.0\.0\.1:\d+ \(POST/)
  const [, sandbox] = await dev.printed(/Payout sandbox: +(http:\/\/127\.0\.0\.1:\d+) /)
  t.strictSame(await (await fetch(`${sandbox}/payouts`)).json(), { data: [] })
  t.equal((await fetch(`${origin}/v1/market/prices?symbols=BTCUSDT`)).status, 200)
  for (const page of ['/docs', '/graphiql']) t.match(dev.output(), `${origin}${page}`)
  const account = { username: 'kept-over-reload', password: 'a long password' }
  const send = (url: string) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(account) })
  t.equal((await send(`${origin}/v1/users`)).status, 201)

  await touch('app.ts')
  const [, , reloaded] = await dev.printed(/REST API +(http:\S+)\/v1[^]+REST API +(http:\S+)\/v1/)

  t.equal((await send(`${reloaded}/v1/sessions`)).status, 201)

  const [, server] = /^.*INFO \((\d+)\): REST API(?![^]*REST API)/m.exec(dev.output()) ?? []
  process.kill(Number(server), 'SIGKILL')
  await dev.printed(/The server has ended/)
  // another file: of one that it has just seen the compiler compares the text
  await touch('routes/operations/probe.ts')
  const [, again] = await dev.printed(/The server has ended[^]+REST API +(http:\S+)\/v1/)
  t.equal((await send(`${again}/v1/sessions`)).status, 201)
  t.equal(await dev.stop('SIGINT'), 0)
})

t.test('npm run dev ends with a server that cannot start', async (t) => {
  const dev = run(t, ['scripts/dev.js'], { PORT: '0', DEMO_USERS: 'many', LOG_LEVEL: 'loud' })
  t.equal(await dev.exited, 1)
  for (const name of ['DEMO_USERS', 'LOG_LEVEL']) t.match(dev.output(), name)
})
