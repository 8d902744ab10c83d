import t from 'tap'
import { run } from './process.ts'

const listening = /"msg":"Server listening at (http:[^"]+)"/

t.test('production refuses to start without what it needs, naming it', async (t) => {
  const server = run(t, ['server.ts'], { NODE_ENV: 'production' })

  t.equal(await server.exited, 1)
  t.match(server.output(), /MONGODB_URI is required in production; JWT_SECRET is required in production/)
})

t.test('it obeys PORT, HOST and LOG_LEVEL, answers /readyz, and ends well on SIGTERM', async (t) => {
  const server = run(t, ['server.ts'], { PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info', DEMO_USERS: '10' })
  const [, origin] = await server.printed(listening)

  t.not(new URL(String(origin)).port, '3000')
  t.equal((await fetch(`${origin}/readyz`)).status, 200)
  t.equal(await server.stop('SIGTERM'), 0)
})

t.test('a port that is taken is an error, not a server without ears', async (t) => {
  const first = run(t, ['server.ts'], { PORT: '0', DEMO_USERS: '0' })
  const [, origin] = await first.printed(listening)
  const second = run(t, ['server.ts'], { PORT: new URL(String(origin)).port, DEMO_USERS: '0' })

  t.equal(await second.exited, 1)
  t.match(second.output(), /EADDRINUSE/)
})
