import { Timestamp } from 'bson'
import type { Doc } from '../bson/values.ts'
import type { CommandError } from '../errors.ts'
import { fail, toCommandError } from '../errors.ts'
import { catalog } from './catalog.ts'
import { assertFields, type Command } from './command.ts'
import type { Engine } from './engine.ts'
import { explaining } from './explain.ts'
import { handshake } from './handshake.ts'
import { indexes } from './indexes.ts'
import { reads } from './reads.ts'
import { sessionId } from './sessions.ts'
import { writes } from './writes.ts'

const COMMANDS = new Map<string, Command>(Object.entries({ ...handshake, ...reads, ...writes, ...indexes, ...catalog, ...explaining }))

/** What every command takes: sessions, and promises about reads and writes that one copy in memory always keeps. */
const COMMON = [
  '$db', 'lsid', 'txnNumber', 'autocommit', 'startTransaction', '$clusterTime', '$readPreference', 'readConcern', 'writeConcern',
  'apiVersion', 'apiStrict', 'apiDeprecationErrors', 'maxTimeMS', 'comment'
]
const FIELDS = new Map([...COMMANDS].map(([name, { fields }]) => [name, new Set([name, ...COMMON, ...fields])]))
/** These end a transaction, so that they are not run inside it. */
const ENDING = new Set(['commitTransaction', 'abortTransaction'])

async function run (engine: Engine, name: string, args: Doc): Promise<Doc> {
  const command = COMMANDS.get(name) ?? fail(59, `no such command: '${name}'`)
  assertFields(name, args, FIELDS.get(name)!)
  const db = args.$db
  if (typeof db !== 'string' || !/^[^/\\. "$\0]{1,63}$/.test(db)) return fail(73, `Invalid database name: '${String(db)}'`)
  if (ENDING.has(name)) return command.run({ name, db, args, engine, view: engine.database, session: undefined })
  if (args.autocommit === false && !command.transactional) fail(263, `Cannot run '${name}' in a multi-document transaction.`)
  return engine.sessions.run(args, async (view) => command.run({ name, db, args, engine, view, session: sessionId(args) }))
}

/** The reply to a command; errors are replies too. */
export async function dispatch (engine: Engine, args: Doc): Promise<Doc> {
  const operationTime = { operationTime: new Timestamp({ t: Math.floor(engine.clock() / 1000), i: 1 }) }
  try {
    const reply = await run(engine, Object.keys(args)[0] ?? '', args)
    return { ...reply, ok: 1, ...operationTime }
  } catch (thrown) {
    return errorReply(toCommandError(thrown))
  }
}

export const errorReply = ({ message, code, codeName, details }: CommandError): Doc => ({ ok: 0, errmsg: message, code, codeName, ...details })
