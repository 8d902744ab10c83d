import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { startPayoutSandbox } from './sandbox.ts'

const DEFAULT_PORT = '3200'
const SECRET_BYTES = 16

/**
 * npm run payouts -- --port N       the sandbox of the payout provider on that port of 127.0.0.1, 3200 by default, 0 for a free one
 *                    --file PATH    keeps what it paid in that file, and goes on with it
 * `PAYOUT_SECRET` is what the server signs with; without it, one is made up.
 */
const { values: { port, file } } = parseArgs({ options: { port: { type: 'string', default: DEFAULT_PORT }, file: { type: 'string' } } })
const secret = process.env.PAYOUT_SECRET || randomBytes(SECRET_BYTES).toString('hex')
const sandbox = await startPayoutSandbox({ secret, port: Number(port), ...(file !== undefined && { file }) })
const { url } = sandbox
const known = process.env.PAYOUT_SECRET ? '' : ` PAYOUT_SECRET=${secret}`
console.log(`Payout sandbox: ${url} (start the server with PAYOUT_URL=${url}${known}; POST ${url}/control tells it to be slow, refuse or fail)`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { sandbox.close().catch(console.error) })
