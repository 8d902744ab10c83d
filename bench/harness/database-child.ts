import { constants } from 'node:os'
import { startEmbeddedDatabase } from '../../embedded/index.ts'
import { goFirst } from './priority.ts'

/* The embedded database in a process of its own, so that its CPU time is not the server's. */
goFirst(constants.priority.PRIORITY_HIGH)
const database = await startEmbeddedDatabase()
process.once('disconnect', async () => { await database.close() })
process.send?.(database.uri)
