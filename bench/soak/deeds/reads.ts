import { USERS, type Deed, type Scene } from '../scene.ts'

const OK = [200] as const
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'BNBUSDT', 'SOLUSDT', 'XRPUSDT', 'ADAUSDT', 'AVAXUSDT'] as const
const STATUSES = ['active', 'hit', 'stopped', 'cancelled'] as const
const FIELDS = ['symbol', 'side', 'entry', 'status', 'created_at', 'version'] as const
const ENCODINGS = [{}, { 'accept-encoding': 'gzip' }, { 'accept-encoding': 'br' }, { 'accept-encoding': 'gzip, br;q=0.5' }] as const
const INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const
const OPERATIONS = ['/healthz', '/readyz', '/metrics', '/openapi.json', '/ops', '/v1/limits', '/v1/subscriptions/plans', '/v1/market/trending?limit=10'] as const

async function get ({ client, random, address }: Scene, path: string, headers: Record<string, string> = {}): Promise<number> {
  const { status } = await client.send({ path, headers: { ...address(), ...random.pick<Record<string, string>>(ENCODINGS), ...headers } })
  return status
}

/** One of thousands of lists. */
function listOf ({ random, analysts }: Scene): string {
  const fields = random.shuffle(FIELDS).slice(0, random.between(1, FIELDS.length)).join()
  const filter = random.pick(['', `&symbol=${random.pick(SYMBOLS)}`, `&analyst_id=${random.pick(analysts)}`])
  return `/v1/signals?status=${random.pick(STATUSES)}&limit=${random.between(1, 30)}&fields=${fields}${filter}`
}

/** Asks again with the tag of the answer. */
async function askTwice (scene: Scene): Promise<number> {
  const { client, random, address } = scene
  const shot = { path: random.pick(['/v1/analysts', '/v1/signals', '/v1/analysts?limit=50']), headers: { ...address(), ...random.pick<Record<string, string>>(ENCODINGS) } }
  const { headers: { etag = '' } } = await client.send(shot)
  const { status } = await client.send({ ...shot, headers: { ...shot.headers, 'if-none-match': etag } })
  return status
}

/** What everybody may read. */
export const READS: readonly Deed[] = [
  { name: 'lists of signals', part: 14, statuses: OK, run: (scene) => get(scene, listOf(scene)) },
  { name: 'one signal', part: 12, statuses: OK, run: (scene) => get(scene, `/v1/signals/${scene.random.pick(scene.signals)}`) },
  { name: 'analysts', part: 5, statuses: OK, run: (scene) => get(scene, `/v1/analysts?limit=${scene.random.between(1, 100)}&sort=${scene.random.pick(['rank', '-created_at'])}`) },
  { name: 'signals of an analyst', part: 5, statuses: OK, run: (scene) => get(scene, `/v1/analysts/${scene.random.pick(scene.analysts)}/signals?limit=${scene.random.between(1, 20)}`) },
  { name: 'prices', part: 3, statuses: OK, run: (scene) => get(scene, `/v1/market/prices?symbols=${scene.random.shuffle(SYMBOLS).slice(0, scene.random.between(1, 4)).join()}`) },
  { name: 'candles', part: 2, statuses: OK, run: (scene) => get(scene, `/v1/market/${scene.random.pick(SYMBOLS)}/candles?interval=${scene.random.pick(INTERVALS)}&limit=${scene.random.between(1, 50)}`) },
  { name: 'unchanged answers', part: 6, statuses: [200, 304], run: askTwice },
  { name: 'operations', part: 2, statuses: OK, run: (scene) => get(scene, scene.random.pick(OPERATIONS)) }
]

const OWN = ['/v1/users/me', '/v1/users/me?fields=username,balance', '/v1/users/me/stats', '/v1/users/me/referrals', '/v1/users/me/transactions', '/v1/withdrawals', '/v1/limits'] as const

/** What users read of themselves, and admins of others. */
export const OWN_READS: readonly Deed[] = [
  { name: 'own data', part: 10, statuses: OK, run: (scene) => get(scene, scene.random.pick(OWN), scene.random.pick(scene.readers)) },
  { name: 'signals, signed in', part: 5, statuses: OK, run: (scene) => get(scene, listOf(scene), scene.random.pick(scene.readers)) },
  { name: 'admin', part: 2, statuses: OK, run: (scene) => get(scene, scene.random.pick([`/v1/users/${scene.random.between(1, USERS)}`, `/v1/users?limit=${scene.random.between(1, 100)}`, '/v1/transactions?limit=50', '/v1/audit-log', '/v1/admin/jobs']), scene.admin) }
]
