import type { FastifyInstance } from 'fastify'
import type { LoadRequest } from './claim.ts'
import { adminHeaders } from './tokens.ts'

const BATCH = 5000
const FIRST_ID = 1_000_000_000
const NAME = 'export-users'

/** Rows of the export, beside the seeded users. */
const COUNT = Number(process.env.EXPORT_ROWS ?? 50_000)

/** Users beside the seeded ones; the requests for none of them, which leaves a server as it was, and for all. */
export async function askForUsers (fastify: FastifyInstance): Promise<[none: LoadRequest, all: LoadRequest]> {
  const users = fastify.documents.collection('users')
  for (let first = 0; first < COUNT; first += BATCH) {
    await users.insertMany(Array.from({ length: Math.min(BATCH, COUNT - first) }, (_, n) => ({
      user_id: FIRST_ID + first + n, username: `${NAME}-${first + n}`, password_hash: 'x'.repeat(97), tier: 'free', balance: 1_250_500_000, is_active: true, subscription_expires: null, referred_by: null, created_at: new Date(1_790_000_000_000 + first + n)
    })))
  }
  const all: LoadRequest = { method: 'GET', path: '/v1/exports/users.ndjson', headers: adminHeaders(fastify) }
  return [{ ...all, path: `${all.path}?after=${FIRST_ID + COUNT - 1}` }, all]
}

/** Takes a whole file as it comes; its length in bytes, decompressed, and its lines. */
export async function drain (address: string, { path, headers }: LoadRequest): Promise<{ bytes: number, rows: number }> {
  const response = await fetch(address + path, { headers })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  let [bytes, rows] = [0, 0]
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) rows += 1
  }
  return { bytes, rows }
}
