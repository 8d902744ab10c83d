import { randomBytes } from 'node:crypto'
import env from '@fastify/env'
import fp from 'fastify-plugin'
import { ConfigSchema, DEMO_PROVIDER_SECRET, OPTIMIZATIONS, type Config, type Environment, type Optimization } from '../../schemas/config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
    /** Whether an optimization is on, that is, not named in `OPTIMIZATIONS_OFF`. */
    optimizationIsOn: (name: Optimization) => boolean
  }
}

const MIN_SECRET_LENGTH = 32

function splitNames (list: string): string[] {
  return list.split(',').map((name) => name.trim()).filter((name) => name !== '')
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

/** What comes from elsewhere is encrypted, unless elsewhere is this machine. */
function isSafe ({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname))
}

/** The address of market data is an origin on an allowlisted host: nothing that a client sends can lead elsewhere. */
function findMarketFaults ({ MARKET_DATA_URL: text, MARKET_DATA_HOSTS: hosts }: Config): string[] {
  if (text === '') return []
  if (!URL.canParse(text)) return ['MARKET_DATA_URL is not a URL']
  const url = new URL(text)
  const faults = []
  if (!splitNames(hosts).includes(url.hostname)) faults.push(`MARKET_DATA_URL names the host '${url.hostname}', which is not in MARKET_DATA_HOSTS`)
  if (!isSafe(url)) faults.push('MARKET_DATA_URL must begin with https://, except on the loopback interface')
  if (url.href !== `${url.origin}/`) faults.push('MARKET_DATA_URL must be an origin: no path, query or credentials')
  return faults
}

/** Where money is paid out is an origin, reached encrypted, and knows our requests by their signature. */
function findPayoutFaults ({ PAYOUT_URL: text, PAYOUT_SECRET: secret }: Config): string[] {
  if (text === '') return []
  if (!URL.canParse(text)) return ['PAYOUT_URL is not a URL']
  const url = new URL(text)
  const faults = []
  if (!isSafe(url)) faults.push('PAYOUT_URL must begin with https://, except on the loopback interface')
  if (url.href !== `${url.origin}/`) faults.push('PAYOUT_URL must be an origin: no path, query or credentials')
  if (secret.length < MIN_SECRET_LENGTH) faults.push(`PAYOUT_SECRET must have at least ${MIN_SECRET_LENGTH} characters where there is PAYOUT_URL`)
  return faults
}

/** Codes travel encrypted, and signed. */
function findCodeDeliveryFaults ({ CODE_DELIVERY_URL: url, CODE_DELIVERY_SECRET: secret }: Config): string[] {
  if (url === '') return []
  const faults = []
  if (!URL.canParse(url) || !isSafe(new URL(url))) faults.push('CODE_DELIVERY_URL must be a URL that begins with https://, except on the loopback interface')
  if (secret.length < MIN_SECRET_LENGTH) faults.push(`CODE_DELIVERY_SECRET must have at least ${MIN_SECRET_LENGTH} characters where there is CODE_DELIVERY_URL`)
  return faults
}

/** What signs tokens must be there, and what verifies them too. */
function findTokenFaults ({ JWT_SECRET: secret, JWT_JWKS: jwks, JWT_SIGNING_KEY: signingKey }: Config): string[] {
  const faults = []
  if (secret !== '' && secret.length < MIN_SECRET_LENGTH) faults.push(`JWT_SECRET must have at least ${MIN_SECRET_LENGTH} characters`)
  if (URL.canParse(jwks) && !isSafe(new URL(jwks))) faults.push('JWT_JWKS must be a path or begin with https://, except on the loopback interface')
  if (signingKey !== '' && jwks === '') faults.push('JWT_SIGNING_KEY needs JWT_JWKS, which lists its public half')
  if (jwks !== '' && signingKey === '' && secret === '') faults.push('JWT_JWKS needs JWT_SIGNING_KEY or JWT_SECRET to sign with')
  return faults
}

/** Whose secret is short, or known to another provider, is not the only one who can speak for it. */
function findProviderFaults ({ NODE_ENV: environment, PAYMENT_PROVIDERS: providers }: Config): string[] {
  const parsed = splitNames(providers).map((provider) => provider.split(':'))
  const secrets = parsed.flatMap(([, ...own]) => own)
  const faults = parsed
    .filter(([, ...own]) => own.some((secret) => secret.length < MIN_SECRET_LENGTH))
    .map(([name]) => `PAYMENT_PROVIDERS: each secret of '${name}' must have at least ${MIN_SECRET_LENGTH} characters`)
  if (new Set(parsed.map(([name]) => name)).size < parsed.length) faults.push('PAYMENT_PROVIDERS names a provider twice')
  if (new Set(secrets).size < secrets.length) faults.push('PAYMENT_PROVIDERS has a secret twice')
  if (environment === 'production' && secrets.includes(DEMO_PROVIDER_SECRET)) faults.push('PAYMENT_PROVIDERS has the secret of `npm run dev`, which everybody knows')
  return faults
}

/** Browsers compare origins letter by letter, so each must be spelt as they send it. */
function findOriginFaults ({ CORS_ORIGINS: origins }: Config): string[] {
  return splitNames(origins)
    .filter((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
    .map((origin) => `CORS_ORIGINS names '${origin}', which is not an origin as browsers send it`)
}

/** What is wrong with a configuration beyond the types of its values; each sentence names its variable. */
function findFaults (config: Config): string[] {
  const faults = splitNames(config.OPTIMIZATIONS_OFF)
    .filter((name) => !OPTIMIZATIONS.some((known) => known === name))
    .map((name) => `OPTIMIZATIONS_OFF names '${name}', which is not one of ${OPTIMIZATIONS.join(', ')}`)
  if (config.WORKERS !== '1' && config.MONGODB_URI === '') faults.push('WORKERS needs MONGODB_URI: the embedded database is one process’s own')
  faults.push(...findTokenFaults(config), ...findMarketFaults(config), ...findPayoutFaults(config), ...findCodeDeliveryFaults(config), ...findOriginFaults(config), ...findProviderFaults(config))
  if (config.NODE_ENV !== 'production') return faults

  if (config.MONGODB_URI === '') faults.push('MONGODB_URI is required in production')
  if (config.JWT_SECRET === '' && config.JWT_JWKS === '') faults.push('JWT_SECRET is required in production, or JWT_SIGNING_KEY and JWT_JWKS')
  if (config.DEMO_DATA) faults.push('DEMO_DATA is refused in production')
  return faults
}

/** For balancers to notice that a server stops, in production. */
const DEFAULT_GRACE_MS = 10_000

/** Reads the environment once, validated; refuses to start with a sentence for each fault. */
export default fp(async function config (fastify, { env: overrides }: { env?: Environment }) {
  // `.env` is for people: a test's environment is what it says
  await fastify.register(env, { schema: ConfigSchema, data: overrides ?? {}, dotenv: overrides?.NODE_ENV !== 'test' })
  const { config } = fastify
  const faults = findFaults(config)
  if (faults.length > 0) throw new Error(`Configuration: ${faults.join('; ')}`)

  fastify.log.level = config.LOG_LEVEL
  if (config.SHUTDOWN_GRACE_MS === -1) config.SHUTDOWN_GRACE_MS = config.NODE_ENV === 'production' ? DEFAULT_GRACE_MS : 0
  // tokens of an unconfigured development server end with the process that signed them
  if (config.JWT_SECRET === '' && config.JWT_JWKS === '') config.JWT_SECRET = randomBytes(MIN_SECRET_LENGTH).toString('hex')
  const off = new Set(splitNames(config.OPTIMIZATIONS_OFF))
  fastify.decorate('optimizationIsOn', (name: Optimization) => !off.has(name))
}, { name: 'config' })
