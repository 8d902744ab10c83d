import { startEmbeddedDatabase } from '../../embedded/index.ts'

/* The embedded database in a process of its own, so that its data outlives the server; on a port that is given, or any. */
const { uri } = await startEmbeddedDatabase({ port: Number(process.argv[2] ?? 0) })
console.log(uri)
