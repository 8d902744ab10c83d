import { BSON, type Document } from 'mongodb'

/** What says how a command reads; all else, such as its session, is left out. Only these commands are ever explained. */
const FIELDS = new Map<string, readonly string[]>([
  ['find', ['filter', 'sort', 'projection', 'limit', 'skip', 'hint', 'collation', 'let']],
  ['aggregate', ['pipeline', 'hint', 'collation', 'let', 'allowDiskUse']],
  ['count', ['query', 'limit', 'skip', 'hint', 'collation']],
  ['distinct', ['key', 'query', 'hint', 'collation']]
])
/** Counts of what was examined come from running a pipeline, and these write, or wait for writes of others. */
const UNEXPLAINABLE = ['$out', '$merge', '$changeStream']
/** A command is kept until it is its turn to be explained. */
const MAX_BYTES = 65_536

function onlyReads (pipeline: unknown): boolean {
  return pipeline === undefined || (Array.isArray(pipeline) && pipeline.every((stage: object) => !UNEXPLAINABLE.some((name) => name in stage)))
}

/** The part of a command that can be explained without any effect; undefined for what writes, and for what is too large to keep. */
export function explainable (command: Document, commandName: string): Document | undefined {
  const fields = FIELDS.get(commandName)
  if (fields === undefined || typeof command[commandName] !== 'string' || !onlyReads(command.pipeline)) return undefined
  const asked = [commandName, ...fields].filter((field) => command[field] !== undefined).map((field): [string, unknown] => [field, command[field]])
  const kept: Document = { ...Object.fromEntries(asked), ...commandName === 'aggregate' && { cursor: {} } }
  return BSON.calculateObjectSize(kept) <= MAX_BYTES ? kept : undefined
}
