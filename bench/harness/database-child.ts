import { startEmbeddedDatabase } from '../../embedded/index.ts'

/* The embedded database in a process of its own, so that its CPU time is not the server's. */
const database = await startEmbeddedDatabase()
process.once('disconnect', async () => { await database.close() })
process.send?.(database.uri)
