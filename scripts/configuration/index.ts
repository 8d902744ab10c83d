import { writeFile } from 'node:fs/promises'
import { renderExample, renderTable } from './render.ts'

// `npm run docs:configuration`: writes what a test compares
await writeFile('docs/configuration.md', renderTable())
await writeFile('.env.example', renderExample())
