import { serialize, type Document } from 'bson'
import { decode, show } from '../bson/values.ts'
import { dispatch } from './dispatch.ts'
import type { Engine } from './engine.ts'

/** Runs commands as connections do, without one. */
export function createRunner (engine: Engine): (command: Document) => Promise<void> {
  return async function run (command) {
    const reply = await dispatch(engine, decode(serialize(command)))
    if (reply.ok !== 1 || reply.writeErrors !== undefined) throw new Error(`${Object.keys(command)[0]}: ${show(reply)}`)
  }
}
