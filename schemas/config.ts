import { Type, type Static } from 'typebox'

/** What `OPTIMIZATIONS_OFF` may name; each can be left out and the server still works. */
export const OPTIMIZATIONS = [
  'compound-indexes',
  'data-loaders',
  'single-aggregation',
  'projections',
  'value-cache',
  'cache-warming',
  'response-cache',
  'rate-limits',
  'compression',
  'etag',
  'slow-query-log',
  'performance-monitor'
] as const
export type Optimization = typeof OPTIMIZATIONS[number]

const milliseconds = (value: number, description: string) => Type.Integer({ minimum: 1, default: value, description })
const list = (value: string, pattern: string, description: string) => Type.String({ default: value, pattern, description })
const count = (value: number, description: string) => Type.Integer({ minimum: 0, default: value, description })
const budget = (value: number, whose: string) => Type.Integer({ minimum: 1, default: value, description: `Budget of ${whose}, in units of cost per window: a simple read costs 1` })

/** Every environment variable, with its default; `docs/configuration.md` is checked against it. */
export const ConfigSchema = Type.Object({
  NODE_ENV: Type.Enum(['development', 'test', 'production'], { default: 'development', description: '`production` refuses to start without `MONGODB_URI` and `JWT_SECRET` (or `JWT_SIGNING_KEY` and `JWT_JWKS`), and has no demo data, no GraphiQL, no introspection and no suggestions in GraphQL' }),
  HOST: Type.String({ default: '127.0.0.1', description: 'Address to listen on' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 3000, description: 'Port to listen on; 0 takes a free one' }),
  INSTANCE_ID: Type.String({ default: '', pattern: '^[\\w.:-]{0,253}$', description: 'Name of this instance in the fleet, the same after its restart: under it the hottest keys of its cache are kept meanwhile. Empty: the name of the host' }),
  CORS_ORIGINS: list('', '^(https?://[^\\s,/*]+(,https?://[^\\s,/*]+)*)?$', 'Origins of pages that may use the API in browsers, such as `https://app.example`, comma-separated. Empty: none'),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { default: 'info', description: 'Lowest level that is logged; `debug` has a line for each request, and kept answers then take the longer way through the framework' }),
  MONGODB_URI: Type.String({ default: '', description: 'MongoDB 6+ (replica set or sharded); its path may name the database. Empty: the embedded database, in this process, in memory' }),
  MONGODB_DATABASE: Type.String({ default: '', pattern: '^[A-Za-z0-9_-]{0,38}$', description: 'Name of the database; empty: the one that `MONGODB_URI` names, else `sahm`' }),
  MONGODB_MAX_POOL_SIZE: count(200, 'Most connections to the database'),
  MONGODB_MIN_POOL_SIZE: count(20, 'Connections kept open when idle'),
  MONGODB_MAX_IDLE_TIME_MS: milliseconds(60_000, 'Idle time after which a connection above the minimum is closed'),
  MONGODB_WAIT_QUEUE_TIMEOUT_MS: milliseconds(10_000, 'Longest wait for a free connection'),
  MONGODB_SERVER_SELECTION_TIMEOUT_MS: milliseconds(7_500, 'Longest wait for a usable server, at start and later'),
  REDIS_URL: Type.String({ default: '', description: 'Redis 7+, as `redis://host:port/database`: shared tier of the cache and bus between instances. Empty: caches in memory, and in the collection `cache_entries` for what is dear' }),
  REDIS_MAX_RETRIES_PER_REQUEST: count(5, 'How often a command to Redis is sent again after its connection was lost'),
  REDIS_CONNECT_TIMEOUT_MS: milliseconds(10_000, 'Longest attempt to connect to Redis'),
  REDIS_KEEP_ALIVE_MS: milliseconds(30_000, 'Idle time after which TCP probes a connection to Redis'),
  CACHE_MEMORY_BYTES: Type.Integer({ minimum: 65_536, default: 67_108_864, description: 'Memory for cached values, in bytes, in each process' }),
  CACHE_SHARED_TIMEOUT_MS: milliseconds(40, 'Longest wait of a request for the shared tier of the cache'),
  CACHE_WARMING_INTERVAL_MS: Type.Integer({ minimum: 1, maximum: 86_400_000, default: 300_000, description: 'Time between two warmings of the cache, a tenth less or more at random; the same in the whole fleet' }),
  RESPONSE_CACHE_MEMORY_BYTES: Type.Integer({ minimum: 65_536, default: 67_108_864, description: 'Memory for ready answers, in bytes, in each process' }),
  JWT_SECRET: Type.String({ default: '', description: 'Signs access tokens (HS256), at least 32 characters; required in production unless `JWT_SIGNING_KEY` and `JWT_JWKS` are there, random at each start elsewhere. With `JWT_JWKS`: verifies tokens without `kid`, for the time of a migration' }),
  JWT_JWKS: Type.String({ default: '', description: 'Keys that verify access tokens by their `kid`: path of a JWKS file, or `https://` URL (`http://` on the loopback interface only); public keys with `kid` and `alg` (ES256, EdDSA, RS256). Read again every 5 minutes. Empty: `JWT_SECRET` alone' }),
  JWT_SIGNING_KEY: Type.String({ default: '', description: 'Path of the private JWK, with `kid` and `alg`, that signs access tokens; `JWT_JWKS` must list its public half. Empty: `JWT_SECRET` signs' }),
  JWT_ISSUER: Type.String({ minLength: 1, default: 'sahm', description: 'Issuer (`iss`) of access tokens; those of others are refused' }),
  JWT_AUDIENCE: Type.String({ minLength: 1, default: 'sahm', description: 'Audience (`aud`) of access tokens; those for others are refused' }),
  ACCESS_TOKEN_TTL_S: Type.Integer({ minimum: 1, default: 900, description: 'Life of an access token in seconds' }),
  DEMO_USERS: Type.Integer({ minimum: 0, default: 2000, description: 'Size of the demo data that an empty embedded database is filled with; 0 for none. Never used in production or with `MONGODB_URI`, unless `DEMO_DATA=true`' }),
  DEMO_DATA: Type.Boolean({ default: false, description: 'Fill an empty database with demo data although `MONGODB_URI` is set; refused in production' }),
  LOAD_INTERVAL_MS: milliseconds(5000, 'Interval of the load that is reported, and that the rate limits follow'),
  LOAD_PROTECTION_INTERVAL_MS: milliseconds(100, 'Interval of the load that protects the process'),
  LOAD_MAX_DELAY_MS: milliseconds(250, 'Delay of the event loop that counts as full load'),
  TRUSTED_PROXIES: list('', '^[0-9A-Za-z.:/,]*$', 'Addresses or networks (CIDR) of proxies whose `X-Forwarded-For` is believed, comma-separated. Empty: nobody’s'),
  RATE_LIMIT_WINDOW_S: Type.Integer({ minimum: 1, maximum: 86_400, default: 60, description: 'Time in which a budget may be spent, in seconds; the same in the whole fleet' }),
  RATE_LIMIT_ANONYMOUS: budget(600, 'an address without credentials'),
  RATE_LIMIT_FREE: budget(1200, 'a user of the tier free'),
  RATE_LIMIT_VIP: budget(6000, 'a user of the tier vip'),
  RATE_LIMIT_ANALYST: budget(6000, 'a user of the tier analyst'),
  RATE_LIMIT_ADMIN: budget(12_000, 'a user of the tier admin'),
  RATE_LIMIT_MAX_ACCOUNTS: Type.Integer({ minimum: 1, default: 100_000, description: 'Users and addresses whose spending each process remembers, some 400 bytes each; of more, those seen last' }),
  MAX_UNBOUNDED_DOCUMENTS: count(1000, 'Most documents that a read without a limit may return'),
  GRAPHQL_ALLOWLIST: Type.String({ default: '', description: 'JSON file of the GraphQL documents that may run, by their SHA-256: `{"<64 hexadecimal digits>": "<document>"}`; others answer `PERSISTED_QUERY_NOT_ALLOWED`. Empty: every document may' }),
  LOADER_MAX_BATCH_SIZE: Type.Integer({ minimum: 1, default: 100, description: 'Most keys of one DataLoader batch' }),
  LOADER_BATCH_WINDOW_MS: count(0, 'Time for which a DataLoader collects keys; 0: until the current turn of the event loop ends'),
  SLOW_QUERY_MS: milliseconds(500, 'Database commands above this are logged with their shape'),
  SLOW_CALL_MS: milliseconds(1000, 'Monitored calls above this are logged'),
  MARKET_DATA_URL: Type.String({ default: '', description: 'Origin of a Binance-compatible REST API, such as `https://api.binance.com`. Empty: no market data; `npm run dev` starts its simulator' }),
  MARKET_DATA_HOSTS: list('api.binance.com,127.0.0.1,localhost', '^[a-z0-9.:-]+(,[a-z0-9.:-]+)*$', 'Hosts that `MARKET_DATA_URL` may name, comma-separated'),
  MARKET_DATA_SYMBOLS: list('BTCUSDT,ETHUSDT,BNBUSDT,SOLUSDT,XRPUSDT,ADAUSDT,DOGEUSDT,AVAXUSDT,LINKUSDT,DOTUSDT,LTCUSDT,TRXUSDT,SHIBUSDT', '^[A-Z0-9]{5,20}(,[A-Z0-9]{5,20}){0,99}$', 'Trading pairs that there are, at most 100, comma-separated'),
  MARKET_DATA_TIMEOUT_MS: milliseconds(2000, 'Longest wait for one answer of the exchange, its body included'),
  MARKET_DATA_MAX_BYTES: Type.Integer({ minimum: 1024, default: 1_048_576, description: 'Longest answer of the exchange that is read, decompressed' }),
  MARKET_DATA_RETRIES: count(2, 'Attempts after a first one that had no answer or a 5xx'),
  MARKET_DATA_RETRY_DELAY_MS: milliseconds(100, 'Median wait before the first retry; doubles with each, jittered'),
  MARKET_DATA_BREAKER_FAILURES: Type.Integer({ minimum: 1, default: 5, description: 'Failed attempts in a row after which the exchange is left alone' }),
  MARKET_DATA_BREAKER_OPEN_MS: milliseconds(10_000, 'Time for which it is left alone; then one attempt decides'),
  MARKET_DATA_MAX_WEIGHT: Type.Integer({ minimum: 1, default: 4800, description: 'Request weight of a minute, as the exchange counts it, above which nothing is asked until the minute ends' }),
  MARKET_DATA_MAX_JUMP: Type.Number({ minimum: 1.01, maximum: 1000, default: 2, description: 'A price is absurd, and dropped, if it is so many times the last good one or less than its so-manieth part' }),
  MARKET_DATA_JUMP_WINDOW_MS: milliseconds(600_000, 'Age up to which the last good price judges the next; a true jump is believed after this time'),
  MARKET_DATA_PRICES_TTL_MS: milliseconds(2000, 'Time for which prices are not asked for again'),
  MARKET_DATA_TTL_MS: milliseconds(10_000, 'Time for which candles and the numbers of 24 hours are not asked for again'),
  MARKET_DATA_STALE_MS: milliseconds(30_000, 'Age above which a value says that it is stale; below, it is answered at once while it is renewed'),
  MARKET_DATA_GRACE_MS: Type.Integer({ minimum: 1, maximum: 604_800_000, default: 86_400_000, description: 'Age up to which the last good value is answered while the exchange is down' }),
  OPTIMIZATIONS_OFF: Type.String({ default: '', description: `Optimizations to leave out, by name, comma-separated: ${OPTIMIZATIONS.join(', ')}` })
})
export type Config = Static<typeof ConfigSchema>

/** Environment variables as a test or a script hands them in. */
export type Environment = Partial<Record<keyof Config, string | number | boolean>>
