import t from 'tap'
import config from '../../../plugins/external/config.ts'
import { DEMO_PROVIDER_SECRET, type Environment } from '../../../schemas/config.ts'
import { buildBare, testEnv } from '../../helper.ts'

async function load (t: Parameters<typeof buildBare>[0], env: Environment) {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, ...env } })
  return fastify
}
const production = { NODE_ENV: 'production', MONGODB_URI: 'mongodb://127.0.0.1:1', JWT_SECRET: 'x'.repeat(32) }

t.test('the numbers of the design are the defaults', async (t) => {
  // as if tests did not change it
  const { config } = await load(t, { SLOW_QUERY_MS: undefined })

  t.match(config, {
    MONGODB_MAX_POOL_SIZE: 200,
    MONGODB_MAX_IDLE_TIME_MS: 60_000,
    MONGODB_WAIT_QUEUE_TIMEOUT_MS: 10_000,
    ACCESS_TOKEN_TTL_S: 900,
    LOADER_MAX_BATCH_SIZE: 100,
    MAX_UNBOUNDED_DOCUMENTS: 1000,
    SLOW_QUERY_MS: 500,
    SLOW_CALL_MS: 1000
  })
})

t.test('production refuses to start without what it needs, naming all of it', async (t) => {
  const start = load(t, { NODE_ENV: 'production', MONGODB_URI: '', JWT_SECRET: '' })

  await t.rejects(start, { message: 'Configuration: MONGODB_URI is required in production; JWT_SECRET is required in production, or JWT_SIGNING_KEY and JWT_JWKS' })
})

t.test('production starts with what it needs and refuses demo data', async (t) => {
  const fastify = await load(t, production)
  t.equal(fastify.config.JWT_SECRET, production.JWT_SECRET)

  await t.rejects(load(t, { ...production, DEMO_DATA: true }), { message: /DEMO_DATA is refused in production/ })
})

t.test('balancers get ten seconds to notice a stop in production, none elsewhere, or what is configured', async (t) => {
  t.equal((await load(t, production)).config.SHUTDOWN_GRACE_MS, 10_000)
  t.equal((await load(t, {})).config.SHUTDOWN_GRACE_MS, 0)
  t.equal((await load(t, { ...production, SHUTDOWN_GRACE_MS: 0 })).config.SHUTDOWN_GRACE_MS, 0)
})

t.test('several processes are refused on the embedded database, which is one process’s own', async (t) => {
  for (const WORKERS of [2, 'auto']) await t.rejects(load(t, { WORKERS, MONGODB_URI: '' }), { message: /WORKERS needs MONGODB_URI/ })
  t.ok(await load(t, { WORKERS: 1, MONGODB_URI: '' }))
  await t.rejects(load(t, { MONGODB_SERVER_SELECTION_TIMEOUT_MS: 30_001 }), { message: /MONGODB_SERVER_SELECTION_TIMEOUT_MS must be <= 30000/ })
  await t.rejects(load(t, { WORKERS: 0 }), { message: /WORKERS must match pattern/ })
})

t.test('what signs tokens and what verifies them is there, and comes encrypted unless it is of this machine', async (t) => {
  const keys = { JWT_SIGNING_KEY: 'key.json', JWT_JWKS: 'jwks.json' }
  t.equal((await load(t, { ...production, ...keys, JWT_SECRET: '' })).config.JWT_SECRET, '', 'no secret is made up where none is needed')
  for (const JWT_JWKS of ['https://keys.example/jwks.json', 'http://127.0.0.1:1/', 'http://localhost/', '/run/keys/jwks.json']) t.ok(await load(t, { ...keys, JWT_JWKS }))

  for (const JWT_JWKS of ['http://keys.example/', 'file:///etc/keys', 'http://127.0.0.1.example/']) {
    await t.rejects(load(t, { ...keys, JWT_JWKS }), { message: /JWT_JWKS must be a path or begin with https/ }, JWT_JWKS)
  }
  await t.rejects(load(t, { ...production, JWT_SIGNING_KEY: 'key.json' }), { message: /JWT_SIGNING_KEY needs JWT_JWKS/ })
  await t.rejects(load(t, { JWT_JWKS: 'jwks.json' }), { message: /JWT_JWKS needs JWT_SIGNING_KEY or JWT_SECRET/ })
})

t.test('a value that does not fit is refused with its name', async (t) => {
  await t.rejects(load(t, { PORT: 'eighty' }), { message: /PORT must be integer/ })
  await t.rejects(load(t, { NODE_ENV: 'staging' }), { message: /NODE_ENV must be equal to one of the allowed values/ })
  await t.rejects(load(t, { JWT_SECRET: 'short' }), { message: /JWT_SECRET must have at least 32 characters/ })
})

t.test('market data comes from an allowlisted origin, encrypted unless it is of this machine', async (t) => {
  const refuses = (MARKET_DATA_URL: string, message: RegExp, env: Environment = {}) => t.rejects(load(t, { MARKET_DATA_URL, ...env }), { message }, MARKET_DATA_URL)
  for (const MARKET_DATA_URL of ['https://api.binance.com', 'http://127.0.0.1:3100', 'http://localhost:3100/']) t.ok(await load(t, { MARKET_DATA_URL }))

  await refuses('api.binance.com', /MARKET_DATA_URL is not a URL/)
  await refuses('https://binance.example', /'binance.example', which is not in MARKET_DATA_HOSTS/)
  await refuses('https://api.binance.com.example', /not in MARKET_DATA_HOSTS/)
  await refuses('http://api.binance.com', /must begin with https/)
  await refuses('file://localhost/etc/passwd', /must begin with https/)
  for (const end of ['/api', '/?a=b', '/#x']) await refuses(`https://api.binance.com${end}`, /must be an origin/)
  await refuses('https://user:secret@api.binance.com', /must be an origin/)
  await refuses('https://api.binance.com', /not in MARKET_DATA_HOSTS/, { MARKET_DATA_HOSTS: '127.0.0.1' })
  await refuses('', /MARKET_DATA_SYMBOLS must match pattern/, { MARKET_DATA_SYMBOLS: 'BTCUSDT,eth' })
})

t.test('withdrawals are paid by an origin, encrypted unless it is of this machine, with a secret', async (t) => {
  const PAYOUT_SECRET = 'x'.repeat(32)
  const refuses = (PAYOUT_URL: string, message: RegExp, env: Environment = {}) => t.rejects(load(t, { ...production, PAYOUT_URL, PAYOUT_SECRET, ...env }), { message }, PAYOUT_URL)
  for (const PAYOUT_URL of ['https://pay.example', 'http://127.0.0.1:3200', '']) t.ok(await load(t, { ...production, PAYOUT_URL, PAYOUT_SECRET }))

  await refuses('pay.example', /PAYOUT_URL is not a URL/)
  await refuses('http://pay.example', /PAYOUT_URL must begin with https/)
  for (const end of ['/v1', '/?a=b']) await refuses(`https://pay.example${end}`, /PAYOUT_URL must be an origin/)
  await refuses('https://user:secret@pay.example', /PAYOUT_URL must be an origin/)
  await refuses('https://pay.example', /PAYOUT_SECRET must have at least 32 characters/, { PAYOUT_SECRET: 'short' })
})

t.test('each payment provider has one secret of its own, or two while it is replaced', async (t) => {
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [string, string, string]
  const refuses = (PAYMENT_PROVIDERS: string, message: RegExp, env: Environment = {}) => t.rejects(load(t, { PAYMENT_PROVIDERS, ...env }), { message }, PAYMENT_PROVIDERS)
  for (const PAYMENT_PROVIDERS of ['', `acme:${a}`, `acme:${a}:${b}`, `acme:${a}:${b},other:${c}`]) t.ok(await load(t, { ...production, PAYMENT_PROVIDERS }))

  for (const text of ['acme', 'acme:', `Acme:${a}`, `acme:${a},`, `,acme:${a}`, `acme:${a}:${b}:${c}`, `acme:${a};other:${b}`, `a.b:${a}`, `acme:${a} `]) await refuses(text, /PAYMENT_PROVIDERS must match pattern/)
  await refuses(`acme:${a}:short`, /^Configuration: PAYMENT_PROVIDERS: each secret of 'acme' must have at least 32 characters$/)
  await refuses(`acme:${a},acme:${b}`, /names a provider twice/)
  await refuses(`acme:${a},other:${a}`, /has a secret twice/)
  const demo = `demo:${DEMO_PROVIDER_SECRET}`
  t.ok(await load(t, { PAYMENT_PROVIDERS: demo }))
  await refuses(demo, /has the secret of `npm run dev`, which everybody knows/, production)
})

t.test('codes are brought by a service that is reached encrypted, with a secret', async (t) => {
  const CODE_DELIVERY_SECRET = 'x'.repeat(32)
  const refuses = (CODE_DELIVERY_URL: string, message: RegExp, env: Environment = {}) => t.rejects(load(t, { ...production, CODE_DELIVERY_URL, CODE_DELIVERY_SECRET, ...env }), { message }, CODE_DELIVERY_URL)
  for (const CODE_DELIVERY_URL of ['https://mail.example/codes', 'http://127.0.0.1:3300', '']) t.ok(await load(t, { ...production, CODE_DELIVERY_URL, CODE_DELIVERY_SECRET }))

  await refuses('mail.example', /CODE_DELIVERY_URL must match pattern/)
  for (const url of ['http://mail.example', 'https://']) await refuses(url, /CODE_DELIVERY_URL must be a URL that begins with https/)
  await refuses('https://mail.example', /CODE_DELIVERY_SECRET must have at least 32 characters/, { CODE_DELIVERY_SECRET: 'short' })
})

t.test('optimizations are left out by name, and an unknown name is refused', async (t) => {
  const fastify = await load(t, { OPTIMIZATIONS_OFF: 'projections, data-loaders' })
  t.notOk(fastify.optimizationIsOn('projections'))
  t.notOk(fastify.optimizationIsOn('data-loaders'))
  t.ok(fastify.optimizationIsOn('slow-query-log'))

  await t.rejects(load(t, { OPTIMIZATIONS_OFF: 'everything' }), { message: /OPTIMIZATIONS_OFF names 'everything'/ })
})

t.test('the environment of the process is read without being handed in', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(config, {})

  t.equal(fastify.config.MONGODB_URI, process.env.MONGODB_URI ?? '')
})

t.test('without a secret each start outside production signs with its own', async (t) => {
  const [first, second] = [await load(t, {}), await load(t, {})]

  t.equal(first.config.JWT_SECRET.length, 64)
  t.not(first.config.JWT_SECRET, second.config.JWT_SECRET)
})
