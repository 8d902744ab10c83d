import { randomBytes } from 'node:crypto'
import { MongoClient } from 'mongodb'
import { UserSchema } from '../../schemas/users.ts'
import { nextMessage, startChild } from '../harness/children.ts'
import type { LoadRequest, Measured, MeasureClaim } from '../harness/claim.ts'
import { findDatabase, nameDatabase, prepareDatabase } from '../harness/database.ts'
import { askForUsers, drain } from '../harness/many-users.ts'

/** As the export reads them. */
const BATCH = 1000
const projection = Object.fromEntries(Object.keys(UserSchema.properties).map((name) => [name, 1]))

async function setUp (): Promise<{ uri: string, database: string, address: string, all: LoadRequest }> {
  const uri = await findDatabase()
  const database = nameDatabase('data')
  const env = { MONGODB_URI: uri, MONGODB_DATABASE: database, NODE_ENV: 'production', LOG_LEVEL: 'error', JWT_SECRET: randomBytes(32).toString('hex'), RATE_LIMIT_ADMIN: '1000000000', SHEDDING_EXPORT_MAX_LOAD: '1', OPTIMIZATIONS_OFF: 'compression' } as const
  const [, all] = await prepareDatabase(env, 100, askForUsers)
  return { uri, database, address: await nextMessage<string>(startChild('server-child.ts', env)), all }
}
let ready: ReturnType<typeof setUp> | undefined

async function timed (task: () => Promise<number>): Promise<Measured> {
  const startedAt = performance.now()
  const rows = await task()
  return { rows, rows_per_second: rows * 1000 / (performance.now() - startedAt) }
}

async function drainCursor (): Promise<Measured> {
  const { uri, database } = await (ready ??= setUp())
  const client = await new MongoClient(uri).connect()
  const turn = await timed(async () => {
    let rows = 0
    for await (const { user_id: id } of client.db(database).collection('users').find({}, { projection, sort: { _id: 1 }, batchSize: BATCH })) rows += id === undefined ? 0 : 1
    return rows
  })
  await client.close()
  return turn
}

async function drainExport (): Promise<Measured> {
  const { address, all } = await (ready ??= setUp())
  return await timed(async () => (await drain(address, all)).rows)
}

const claim: MeasureClaim = {
  kind: 'measures',
  question: 'How fast is an export of all users, against draining a bare cursor of the driver with the same projection? (limit: 0.5)',
  variants: [{ name: 'bare cursor', measure: drainCursor }, { name: 'export over HTTP', measure: drainExport }]
}
export default claim
