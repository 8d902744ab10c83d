import { createHash } from 'node:crypto'
import type { Shape } from './shape.ts'

/** All slow commands of one collection, kind and shape. */
export interface SlowQuery {
  /** Hash of the rest. */
  id: string
  collection: string
  operation: string
  /** JSON. */
  shape: string
}

/** What decides how a database finds documents; projections and limits vary from request to request. */
const DECISIVE_FIELDS = ['filter', 'query', 'sort', 'pipeline', 'key', 'updates', 'deletes']
const ID_LENGTH = 16

/** Of updates what they look for, each once; not what they write. */
function decisivePart (field: string, shape: Shape): Shape {
  if (field !== 'updates' || !Array.isArray(shape)) return shape
  const statements = shape.map((statement): Shape => Object.fromEntries(Object.entries<Shape>(Object(statement) as Record<string, Shape>).filter(([key]) => key === 'q')))
  return [...new Map(statements.map((statement) => [JSON.stringify(statement), statement])).values()]
}

/** Tells one kind of query from another, by all of its command's shape that matters for an index. */
export function identify (collection: string, operation: string, shapeOfCommand: Shape): SlowQuery {
  const decisive = Object.entries<Shape>(shapeOfCommand as Record<string, Shape>).filter(([field]) => DECISIVE_FIELDS.includes(field))
  const shape = JSON.stringify(Object.fromEntries(decisive.map(([field, part]) => [field, decisivePart(field, part)])))
  const id = createHash('sha256').update(`${collection} ${operation} ${shape}`).digest('base64url').slice(0, ID_LENGTH)
  return { id, collection, operation, shape }
}
