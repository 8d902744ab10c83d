import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DEMO_PROVIDER_SECRET } from '../../schemas/config.ts'
import { runCommand } from '../application.ts'
import { UsageError } from '../usage-error.ts'
import { signCallback } from './sign.ts'

const MS_PER_S = 1000

/**
 * npm run callback -- --user N --amount 10.000000    tells of a payment, as its provider would
 *                     --type payment.succeeded       or pending, failed, refunded
 *                     --payment ID, --event ID       of a payment, or an event, that was told of before; new ones by default
 *                     --provider demo                one of PAYMENT_PROVIDERS; `demo` is that of `npm run dev`
 *                     --url http://127.0.0.1:3000    where the server is
 */
const OPTIONS = {
  user: { type: 'string' },
  amount: { type: 'string' },
  type: { type: 'string', default: 'payment.succeeded' },
  payment: { type: 'string' },
  event: { type: 'string' },
  provider: { type: 'string', default: 'demo' },
  url: { type: 'string', default: 'http://127.0.0.1:3000' }
} as const

/** The newest secret of a provider in this command's environment. */
function secretOf (provider: string): string {
  const configured = (process.env.PAYMENT_PROVIDERS || `demo:${DEMO_PROVIDER_SECRET}`).split(',').map((text) => text.split(':'))
  const [, secret] = configured.find(([name]) => name === provider) ?? []
  if (secret === undefined) throw new UsageError(`PAYMENT_PROVIDERS does not name '${provider}'`)
  return secret
}

async function sendCallback (): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS })
  if (values.user === undefined || values.amount === undefined) throw new UsageError('--user and --amount are needed')
  const id = randomUUID().slice(0, 8)
  const data = { payment_id: values.payment ?? `pay_${id}`, user_id: Number(values.user), amount: values.amount }
  const body = JSON.stringify({ id: values.event ?? `evt_${id}`, type: values.type, created: Math.floor(Date.now() / MS_PER_S), data })
  const signature = signCallback(body, [secretOf(values.provider)])
  const response = await fetch(`${values.url}/v1/payments/callbacks/${values.provider}`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'sahm-signature': signature }, body
  })
  console.log(body)
  console.log(`${response.status} ${await response.text()}`)
  return response.ok ? 0 : 1
}

if (existsSync('.env')) process.loadEnvFile('.env')
await runCommand(sendCallback)
