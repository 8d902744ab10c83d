import type { Test } from 'tap'
import { startPayoutSandbox, type SandboxOptions } from '../scripts/payouts/sandbox.ts'

export const PAYOUT_SECRET = 'shared by server and provider, 0123456789'

/** A payout sandbox, ended with the test, and what tells the server of it. */
export async function startPayouts (t: Test, options: Partial<SandboxOptions> = {}) {
  const sandbox = await startPayoutSandbox({ secret: PAYOUT_SECRET, ...options })
  t.teardown(() => sandbox.close())
  return { sandbox, env: { PAYOUT_URL: sandbox.url, PAYOUT_SECRET } }
}
