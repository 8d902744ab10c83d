import os from 'node:os'
import { Binary } from 'bson'
import { isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import type { Call, Command } from './command.ts'

export const MAX_MESSAGE_BYTES = 48_000_000
/** The release whose commands and answers this engine follows. */
const VERSION = '7.0.0'

/** Answers as a router: so drivers offer transactions and retryable writes, and need no member list. */
const hello = ({ name, engine }: Call): Doc => ({
  ...(name === 'hello' ? { isWritablePrimary: true } : { ismaster: true, helloOk: true }),
  msg: 'isdbgrid',
  maxBsonObjectSize: 16 * 1024 * 1024,
  maxMessageSizeBytes: MAX_MESSAGE_BYTES,
  maxWriteBatchSize: 100_000,
  localTime: new Date(engine.clock()),
  logicalSessionTimeoutMinutes: 30,
  connectionId: 1,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false
})

const buildInfo = (): Doc => ({
  version: VERSION,
  versionArray: [7, 0, 0, 0],
  gitVersion: 'embedded',
  modules: [],
  sysInfo: 'embedded development database',
  bits: 64,
  debug: false,
  maxBsonObjectSize: 16 * 1024 * 1024,
  storageEngines: ['memory']
})

const serverStatus = ({ engine }: Call): Doc => ({
  host: os.hostname(),
  version: VERSION,
  process: 'mongos',
  pid: process.pid,
  uptime: Math.round((engine.clock() - engine.started) / 1000),
  localTime: new Date(engine.clock()),
  transactions: { currentOpen: engine.database.transactions.size },
  metrics: { cursor: { open: { total: engine.cursors.size } } }
})

function endSessions ({ args, engine, name }: Call): Doc {
  const list: unknown = args[name]
  if (!Array.isArray(list)) return fail(14, `BSON field '${name}' is the wrong type, expected type 'array'`)
  for (const item of list as unknown[]) {
    const id = isDoc(item) && item.id instanceof Binary ? item.id.toString('hex') : ''
    engine.sessions.forget(id)
    engine.cursors.endSession(id)
  }
  return {}
}

const answering = (run: (call: Call) => Doc, ...fields: string[]): Command => ({ run, fields })

const HELLO = answering(hello, 'client', 'compression', 'helloOk', 'loadBalanced', 'saslSupportedMechs', 'speculativeAuthenticate', 'comment', 'backpressure')

export const handshake: Record<string, Command> = {
  hello: HELLO,
  isMaster: HELLO,
  ismaster: HELLO,
  ping: answering(() => ({}), 'comment'),
  buildInfo: answering(buildInfo, 'comment'),
  buildinfo: answering(buildInfo, 'comment'),
  serverStatus: answering(serverStatus, 'comment'),
  hostInfo: answering(() => ({ system: { hostname: os.hostname(), cpuAddrSize: 64, numCores: os.availableParallelism() }, os: { type: os.type(), version: os.release() }, extra: {} })),
  connectionStatus: answering(() => ({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } }), 'showPrivileges'),
  getParameter: answering(() => ({ featureCompatibilityVersion: { version: '7.0' } }), 'featureCompatibilityVersion', 'allParameters', 'comment'),
  getCmdLineOpts: answering(() => ({ argv: [], parsed: {} })),
  getLog: answering(({ args }) => args.getLog === '*' ? { names: [] } : { totalLinesWritten: 0, log: [] }),
  getFreeMonitoringStatus: answering(() => ({ state: 'disabled' })),
  whatsmyuri: answering(() => ({ you: '127.0.0.1:0' })),
  endSessions: answering(endSessions),
  killSessions: answering(endSessions),
  startSession: answering(() => fail(238, 'drivers make the ids of sessions themselves')),
  commitTransaction: answering(({ args, engine }) => engine.sessions.end(args, true), 'recoveryToken', 'comment'),
  abortTransaction: answering(({ args, engine }) => engine.sessions.end(args, false), 'recoveryToken', 'comment')
}
