import { appRoutes } from '@bull-board/api/dist/routes.js'
import { Redis } from 'ioredis'
import t from 'tap'
import { addQueuedJob, buildBoard, openBoard } from '../board.ts'
import { buildApp } from '../helper.ts'
import { until } from '../jobs.ts'
import { addPerson } from '../people.ts'
import { needsRedis } from '../redis.ts'

const LIST = '/ops/queues/api/queues?activeQueue=outbox&status=latest&page=1&jobsPerPage=10'
const WALLET = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'

t.test('without Redis there is no queue, and no board: it says why', async (t) => {
  const fastify = await buildApp(t)
  const { headers } = await addPerson(fastify, 'admin', { tier: 'admin' })

  t.match((await fastify.inject({ method: 'POST', url: '/v1/ops/queues/session', headers })).json(), { status: 404, code: 'NO_QUEUES' })
  for (const url of ['/ops/queues', '/ops/queues/', LIST]) t.match((await fastify.inject(url)).json(), { status: 404, code: 'NO_QUEUES', detail: /QUEUE_REDIS_URL/ }, url)
})

t.test('with a queue', needsRedis, async (t) => {
  const { fastify, people, queue, redis } = await buildBoard(t)
  const id = await addQueuedJob(fastify, 'withdrawal-1')
  const opened = await openBoard(fastify)
  const { headers } = opened
  const ask = async (url: string, sent: Record<string, string> = headers) => await fastify.inject({ url, headers: sent })

  await t.test('an admin gets a cookie that ends with the access token, and that only the board is sent', async (t) => {
    t.equal(opened.answer.statusCode, 204)
    const [value = '', ...attributes] = String(opened.answer.headers['set-cookie']).split('; ')
    t.match(value, /^sahm-queues=[\w-]+\.[\w-]+\.[\w-]+$/)
    const ages = attributes.filter((attribute) => attribute.startsWith('Max-Age'))
    t.strictSame(attributes.filter((attribute) => !ages.includes(attribute)).sort(), ['HttpOnly', 'Path=/ops/queues', 'SameSite=Strict'])
    const age = Number(ages[0]?.split('=')[1])
    t.ok(age > fastify.config.ACCESS_TOKEN_TTL_S - 60 && age <= fastify.config.ACCESS_TOKEN_TTL_S, `${age} s`)
  })

  await t.test('with it the page comes, its files, and the jobs of the queue', async (t) => {
    for (const url of ['/ops/queues', '/ops/queues/', '/ops/queues/queue/outbox', `/ops/queues/queue/outbox/${id}`]) {
      const page = await ask(url)
      t.equal(page.statusCode, 200, url)
      t.match(page.headers, { 'content-type': /^text\/html/, 'cache-control': 'private, no-store', refresh: String(fastify.config.ACCESS_TOKEN_TTL_S + 1) })
      t.notMatch(page.body, /<style|\sstyle=|\son\w+=|https?:/, 'nothing within it that runs or styles, nothing of elsewhere')
      const files = [...page.body.matchAll(/(?:href|src)="(static\/[^"]+)"/g)].map(([, path = '']) => path)
      t.ok(files.length >= 4)
      for (const path of files) {
        const file = await ask(`/ops/queues/${path}`)
        t.match(file, { statusCode: 200, headers: { 'cache-control': /immutable/, 'content-type': path.endsWith('.css') ? /^text\/css/ : /^text\/javascript/ } }, path)
      }
    }
    t.match(await ask('/ops/queues/static/locales/en-US/messages.json'), { statusCode: 200, headers: { 'cache-control': 'private, no-cache' } })
    for (const name of ['no.js', '..%2findex.ejs', '..%2f..%2fpackage.json', 'locales']) t.equal((await ask(`/ops/queues/static/${name}`)).statusCode, 404, name)

    const list = await ask(LIST)
    t.match(list, { statusCode: 200, headers: { 'cache-control': 'private, no-store', ratelimit: String } })
    t.match(list.json(), { queues: [{ name: 'outbox', readOnlyMode: true, allowRetries: false, counts: { prioritized: 1 }, jobs: [{ id, name: 'withdrawal', data: {} }] }] })
    t.match((await ask(`/ops/queues/api/queues/outbox/${id}`)).json(), { job: { id }, status: 'prioritized' })
    t.equal((await ask('/ops/queues/api/queues/outbox/nothing')).statusCode, 404)
  })

  await t.test('its policy allows the files of this server, and nothing within the page', async (t) => {
    const policy = String((await ask('/ops/queues')).headers['content-security-policy'])
    t.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /)
    t.match(policy, /frame-ancestors 'none'/)
    t.notMatch(policy, /unsafe|https?:|\*|data:|blob:|sha256/)
  })

  await t.test('nobody else comes in: the page leads to the sign-in, and what it asks for is refused', async (t) => {
    const { authorization } = opened
    const token = authorization.slice(7)
    const { iat, exp, ...claims } = fastify.jwt.decode(token) as { iat: number, exp: number }
    t.ok(exp > iat)
    const alive = { cookie: `sahm-queues=${fastify.jwt.sign(claims, { aud: 'sahm/ops/queues' })}` }
    t.equal((await ask(LIST, alive)).statusCode, 200, 'those below differ from a good one by one thing only')
    const strangers: Record<string, Record<string, string>> = {
      nothing: {},
      'an access token': { authorization },
      'an access token as the cookie': { cookie: `sahm-queues=${token}` },
      'a cookie of another name': { cookie: opened.cookie.replace('sahm-queues', 'other') },
      'a forged cookie': { cookie: `${opened.cookie.slice(0, -4)}AAAA` },
      'an expired cookie': { cookie: `sahm-queues=${fastify.jwt.sign(claims, { aud: 'sahm/ops/queues', expiresIn: '60s', clockTimestamp: Date.now() - 120_000 })}` }
    }
    for (const [name, sent] of Object.entries(strangers)) {
      t.match(await ask('/ops/queues/queue/outbox', sent), { statusCode: 303, headers: { location: '/ops' } }, name)
      for (const url of [LIST, '/ops/queues/static/locales/en-US/messages.json']) t.match((await ask(url, sent)).json(), { status: 401, code: 'UNAUTHENTICATED', detail: /\/ops/ }, name)
    }
    t.equal((await ask('/v1/users/me', { authorization: `Bearer ${opened.cookie.split('=')[1]}` })).statusCode, 401, 'nor is the cookie an access token')
    t.equal((await ask('/v1/users/me')).statusCode, 401)
    for (const person of [people.user, people.analyst]) {
      t.equal((await fastify.inject({ method: 'POST', url: '/v1/ops/queues/session', headers: person.headers })).statusCode, 403)
    }
  })

  await t.test('who signs out, is no longer an admin, or no longer active has it no more', async (t) => {
    await addPerson(fastify, 'second', { tier: 'admin' })
    const second = await openBoard(fastify, 'second')
    const { user_id: userId } = await fastify.usersRepository.findByUsername('second') as { user_id: number }
    t.equal((await ask(LIST, second.headers)).statusCode, 200)
    await fastify.usersRepository.update(userId, { tier: 'free' })
    t.equal((await ask(LIST, second.headers)).statusCode, 403)
    t.equal((await ask('/ops/queues', second.headers)).statusCode, 403)
    await fastify.usersRepository.update(userId, { tier: 'admin', is_active: false })
    t.equal((await ask(LIST, second.headers)).statusCode, 401)
    await fastify.usersRepository.update(userId, { is_active: true })
    t.equal((await ask(LIST, second.headers)).statusCode, 200)
    await fastify.inject({ method: 'DELETE', url: '/v1/sessions', headers: { authorization: second.authorization } })
    t.equal((await ask(LIST, second.headers)).statusCode, 401)
    t.equal((await ask('/ops/queues', second.headers)).statusCode, 303)
  })

  await t.test('it changes nothing: of the routes of Bull Board those that write are not there', async (t) => {
    const before = await queue.getJobCounts()
    const writing = appRoutes.api.filter(({ method }) => method !== 'get')
    t.ok(writing.length >= 20, `${writing.length} routes`)
    for (const { method, route } of writing) {
      const path = String(route).replace(':queueName', 'outbox').replace(':jobId', id).replace(':queueStatus', 'failed').replace(':schedulerId', 'a')
      const { statusCode } = await fastify.inject({ method: String(method).toUpperCase() as 'PUT', url: `/ops/queues${path}`, headers, payload: {} })
      t.ok([404, 405].includes(statusCode), `${String(method)} ${path}: ${statusCode}`)
    }
    t.strictSame(await queue.getJobCounts(), before)
    t.equal(await queue.isPaused(), false)
  })

  await t.test('of a job it shows no more than identifiers, whatever somebody has put there', async (t) => {
    const job = await queue.add('withdrawal', { wallet: WALLET }, { jobId: 'by-hand', delay: 600_000 })
    await job.updateProgress({ wallet: WALLET })
    await job.log(WALLET)
    t.match(JSON.stringify((await queue.getJob('by-hand'))?.toJSON()), WALLET, 'the queue has it')
    for (const url of [LIST, ...['', '/logs', '/flow'].map((part) => `/ops/queues/api/queues/outbox/by-hand${part}`)]) {
      const answer = await ask(url)
      t.equal(answer.statusCode, 200, url)
      t.notMatch(answer.body, WALLET, url)
    }
    await job.remove()
  })

  await t.test('what it is asked is bounded', async (t) => {
    for (const query of ['jobsPerPage=101', 'jobsPerPage=-1', 'page=0', 'page=99999', 'activeQueue=%25E0', 'other=1']) {
      t.match((await ask(`/ops/queues/api/queues?${query}`)).json(), { status: 400, code: 'VALIDATION_FAILED' }, query)
    }
  })

  await t.test('it opens no connection to Redis', async (t) => {
    const outside = new Redis(redis.url)
    const count = async () => (await outside.client('LIST') as string).trim().split('\n').length
    const before = await count()
    for (const url of [LIST, `/ops/queues/api/queues/outbox/${id}`, `/ops/queues/api/queues/outbox/${id}/flow`]) t.equal((await ask(url)).statusCode, 200)
    t.equal(await count(), before)
    outside.disconnect()
  })
})

t.test('while Redis hangs or is gone the board says so within its limit, the rest goes on, and it comes back', needsRedis, async (t) => {
  const { fastify, redis, isReady } = await buildBoard(t)
  await until(isReady)
  const { headers } = await openBoard(fastify)
  const ask = async () => await fastify.inject({ url: LIST, headers })
  t.equal((await ask()).statusCode, 200)

  redis.pause()
  const start = performance.now()
  t.match((await ask()).json(), { status: 503, code: 'QUEUE_AWAY' })
  const took = performance.now() - start
  t.ok(took < 6000, `${took} ms`)
  redis.resume()
  await until(async () => (await ask()).statusCode === 200)

  await redis.kill()
  await until(() => !isReady())
  t.match(await ask(), { statusCode: 503, headers: { 'retry-after': String } })
  t.equal((await fastify.inject({ url: '/ops/queues', headers })).statusCode, 200, 'the page itself')
  t.equal((await fastify.inject('/healthz')).statusCode, 200)
  await redis.start()
  await until(async () => (await ask()).statusCode === 200)
})
