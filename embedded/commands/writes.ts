import { ObjectId } from 'bson'
import { projector } from '../aggregate/projection.ts'
import type { Runtime } from '../aggregate/runtime.ts'
import { get, plain, type Doc } from '../bson/values.ts'
import { fail, toCommandError } from '../errors.ts'
import { assertFields, docOf, docsOf, namespace, runtimeOf, type Call, type Command } from './command.ts'
import { Busy } from '../storage/database.ts'
import { patiently } from './engine.ts'
import { isConflict } from './sessions.ts'
import { assertStorable, removeMatching, updateMatching } from './modify.ts'

const MAX_BATCH = 100_000

/** Runs the statements of a write one by one; after an error only if they are unordered. */
async function statements (call: Call, list: Doc[], run: (statement: Doc, index: number) => void): Promise<Doc> {
  if (list.length === 0 || list.length > MAX_BATCH) fail(16, `Write batch sizes must be between 1 and ${MAX_BATCH}. Got ${list.length} operations.`)
  const writeErrors: Doc[] = []
  for (let index = 0; index < list.length; index++) {
    try {
      run(list[index]!, index)
    } catch (thrown) {
      if (thrown instanceof Busy) {
        await thrown.until
        index--
        continue
      }
      if (isConflict(thrown)) throw thrown
      const { code, codeName, message, details } = toCommandError(thrown)
      writeErrors.push({ index, code, codeName, errmsg: message, ...details })
      if (call.args.ordered !== false || call.view.inTransaction) break
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {}
}

interface Found { lastErrorObject: Doc, value: Doc | undefined }

const withId = ({ _id = new ObjectId(), ...rest }: Doc): Doc => ({ _id, ...rest })

async function insert (call: Call): Promise<Doc> {
  const ns = namespace(call)
  let n = 0
  const errors = await statements(call, docsOf(call.args, 'documents'), (given) => {
    const doc = Object.keys(given)[0] === '_id' ? given : withId(given)
    assertStorable(doc)
    call.view.replace(ns, undefined, doc)
    n++
  })
  return { n, ...errors }
}

const UPDATE = new Set(['q', 'u', 'multi', 'upsert', 'arrayFilters', 'hint', 'c', 'sort'])

async function update (call: Call): Promise<Doc> {
  const ns = namespace(call)
  const total = { n: 0, nModified: 0 }
  const upserted: Doc[] = []
  const errors = await statements(call, docsOf(call.args, 'updates'), (statement, index) => {
    assertFields('update.updates', statement, UPDATE)
    const runtime = runtimeOf(call)
    const result = updateMatching(ns, { ...runtime, variables: { ...runtime.variables, ...docOf(statement, 'c') } }, statement)
    total.n += result.matched
    total.nModified += result.modified
    if (result.upserted) upserted.push({ index, _id: get(result.upserted, '_id') })
  })
  return { n: total.n + upserted.length, nModified: total.nModified, ...(upserted.length > 0 ? { upserted } : {}), ...errors }
}

const DELETE = new Set(['q', 'limit', 'hint'])

async function remove (call: Call): Promise<Doc> {
  const ns = namespace(call)
  let n = 0
  const errors = await statements(call, docsOf(call.args, 'deletes'), (statement) => {
    assertFields('delete.deletes', statement, DELETE)
    if (![0, 1].includes(Number(statement.limit))) fail(9, 'The limit field in delete objects must be 0 or 1.')
    n += removeMatching(ns, runtimeOf(call), statement).length
  })
  return { n, ...errors }
}

function findAndRemove (ns: string, runtime: Runtime, statement: Doc): Found {
  const [value] = removeMatching(ns, runtime, statement)
  return { lastErrorObject: { n: Number(value !== undefined) }, value }
}

function findAndUpdate (ns: string, runtime: Runtime, statement: Doc): Found {
  const { matched, before, after, upserted } = updateMatching(ns, runtime, statement)
  const lastErrorObject = { n: upserted ? 1 : matched, updatedExisting: matched > 0, ...(upserted ? { upserted: upserted._id } : {}) }
  return { lastErrorObject, value: statement.new === true ? upserted ?? after : before }
}

async function findAndModify (call: Call): Promise<Doc> {
  const { args } = call
  const ns = namespace(call)
  const isRemoval = args.remove === true
  if (isRemoval === (args.update !== undefined)) fail(9, 'Either an update or remove=true must be specified')
  if (isRemoval && (args.new === true || args.upsert === true)) fail(9, 'Cannot specify both new=true or upsert=true and remove=true')
  const runtime = runtimeOf(call)
  const shown = projector(plain(docOf(args, 'fields')), runtime)
  const run = isRemoval ? findAndRemove : findAndUpdate
  const { lastErrorObject, value } = await patiently(() => run(ns, runtime, { ...args, q: docOf(args, 'query'), u: args.update, limit: 1 }))
  return { lastErrorObject, value: value ? shown(value) : null }
}

const WRITE = ['ordered', 'bypassDocumentValidation', 'comment', 'let', 'maxTimeMS']
const MODIFY: Command = {
  run: findAndModify,
  transactional: true,
  fields: [...WRITE, 'query', 'update', 'remove', 'new', 'fields', 'sort', 'upsert', 'arrayFilters', 'hint']
}

export const writes: Record<string, Command> = {
  insert: { run: insert, transactional: true, fields: [...WRITE, 'documents'] },
  update: { run: update, transactional: true, fields: [...WRITE, 'updates'] },
  delete: { run: remove, transactional: true, fields: [...WRITE, 'deletes'] },
  findAndModify: MODIFY,
  findandmodify: MODIFY
}
