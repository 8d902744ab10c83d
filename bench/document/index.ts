import { readRecords, RECORDS } from './record.ts'
import { DOCS, writeDocument } from './write.ts'

// `npm run docs:benchmarks`: what `npm run bench` does after it has measured
writeDocument(DOCS, readRecords(RECORDS))
