/** Bounds of a shape, so that no command, however large, makes a long log line. */
const MAX_DEPTH = 8
const MAX_NODES = 200
const MAX_KEYS = 30
const MAX_ITEMS = 30
const MAX_KEY_LENGTH = 64

const VALUE = '?'
const CUT = '…'

/** Fields that say nothing of the query: what the driver adds to each command, and documents to insert. */
const SILENT_FIELDS = new Set(['documents', '$db', 'lsid', '$clusterTime', '$readPreference', 'txnNumber', 'autocommit', 'startTransaction', 'readConcern', 'writeConcern', 'apiVersion', 'maxTimeMS'])
/** Whose numbers are directions and choices of fields, not values: fields of a command, and stages. */
const STRUCTURAL_FIELDS = new Set(['sort', 'projection'])
const STRUCTURAL_STAGES = new Set(['$sort', '$project'])

export type Shape = string | number | Shape[] | { [key: string]: Shape }

interface Budget {
  nodes: number
}

function isPlainObject (value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The distinct shapes of an array's items, in the order of their first appearance. */
function shapeOfArray (items: readonly unknown[], depth: number, budget: Budget): Shape[] {
  const distinct = new Map<string, Shape>()
  for (const item of items.slice(0, MAX_ITEMS)) {
    const shape = shapeOf(item, depth + 1, budget)
    distinct.set(JSON.stringify(shape), shape)
  }
  return [...distinct.values()]
}

function isStructural (key: string, depth: number): boolean {
  return STRUCTURAL_STAGES.has(key) || (depth === 0 && STRUCTURAL_FIELDS.has(key))
}

function shapeOfObject (object: Record<string, unknown>, depth: number, budget: Budget): Shape {
  const entries = Object.entries(object)
  const shape = Object.fromEntries(entries.slice(0, MAX_KEYS).map(([key, value]) => [
    key.slice(0, MAX_KEY_LENGTH),
    isStructural(key, depth) ? directionsOf(value, depth + 1, budget) : shapeOf(value, depth + 1, budget)
  ]))
  if (entries.length > MAX_KEYS) shape[CUT] = CUT
  return shape
}

/** Like `shapeOf`, but the numbers 1, -1 and 0 of a flat object stay. */
function directionsOf (value: unknown, depth: number, budget: Budget): Shape {
  const fields = value instanceof Map ? Object.fromEntries(value) as unknown : value
  if (!isPlainObject(fields)) return shapeOf(fields, depth, budget)
  return Object.fromEntries(Object.entries(fields).slice(0, MAX_KEYS).map(([key, item]) => [
    key.slice(0, MAX_KEY_LENGTH),
    item === 1 || item === -1 || item === 0 ? item : shapeOf(item, depth + 1, budget)
  ]))
}

function shapeOf (value: unknown, depth: number, budget: Budget): Shape {
  if (depth > MAX_DEPTH || --budget.nodes < 0) return CUT
  if (Array.isArray(value)) return shapeOfArray(value, depth, budget)
  return isPlainObject(value) ? shapeOfObject(value, depth, budget) : VALUE
}

/**
 * What a database command asks, without any value: `{ filter: { user_id: '?', created_at: { $lt: '?' } } }`.
 * Keys stay, the items of arrays collapse into their distinct shapes, depth and size are bounded.
 */
export function shapeOfCommand (command: Record<string, unknown>, commandName: string): Shape {
  const asked = Object.entries(command).filter(([key]) => key !== commandName && !SILENT_FIELDS.has(key))
  return shapeOf(Object.fromEntries(asked), 0, { nodes: MAX_NODES })
}
