import { parseArgs } from 'node:util'
import { buildApplication, runCommand } from '../application.ts'
import { advise } from './advice.ts'
import { render } from './text.ts'

/** npm run advise    prints the recorded slow queries, indexes that they would need, and those that nobody uses; `--json` for programs */
async function tellAdvice (): Promise<number> {
  const { values: { json } } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
  const fastify = await buildApplication({})
  try {
    const queries = await fastify.slowQueryLog.recorded()
    const advice = advise(queries, await fastify.indexes.usage(queries.map(({ collection }) => collection)))
    console.log(json ? JSON.stringify(advice, null, 2) : render(advice))
    return 0
  } finally {
    await fastify.close()
  }
}

await runCommand(tellAdvice)
