import { parseArgs } from 'node:util'
import { startMarketSimulator } from './simulator.ts'

const DEFAULT_PORT = '3100'

/**
 * npm run market -- --port N    the simulated exchange on that port of 127.0.0.1, 3100 by default, 0 for a free one
 *                   --seed N    another way for the prices to walk
 */
const { values } = parseArgs({ options: { port: { type: 'string', default: DEFAULT_PORT }, seed: { type: 'string' } } })
const market = await startMarketSimulator({ port: Number(values.port), ...(values.seed !== undefined && { seed: Number(values.seed) }) })
const { url } = market
console.log(`Market simulator: ${url} (start the server with MARKET_DATA_URL=${url}; POST ${url}/control tells it to be slow, fail or lie)`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { market.close().catch(console.error) })
