import { createHmac } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { NewWithdrawal } from '../../../schemas/withdrawals.ts'

type Asked = Pick<NewWithdrawal, 'amount' | 'network' | 'wallet_address'>
export type CodeDelivery = (userId: number, code: string, asked: Asked) => Promise<void>

const TIMEOUT_MS = 5000
const MS_PER_S = 1000

/**
 * Brings a code to its user: by a service of the operator, which knows mail addresses or telephones, called over HTTP and signed
 * as requests to the payout provider are. Without one the log has it, in development only. 503 `CONFIRMATION_UNAVAILABLE`.
 */
export function createCodeDelivery ({ config, httpErrors, log }: Pick<FastifyInstance, 'config' | 'httpErrors' | 'log'>): CodeDelivery {
  const unavailable = () => httpErrors.createError(503, 'No code can be sent now', { code: 'CONFIRMATION_UNAVAILABLE' })

  async function post (body: string): Promise<boolean> {
    const time = Math.floor(Date.now() / MS_PER_S)
    const mac = createHmac('sha256', config.CODE_DELIVERY_SECRET).update(`${time}.${body}`).digest('hex')
    const response = await fetch(config.CODE_DELIVERY_URL, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { 'content-type': 'application/json', 'sahm-signature': `t=${time},v1=${mac}` },
      body
    })
    await response.body?.cancel()
    return response.ok
  }

  return async function deliver (userId, code, { amount, network, wallet_address: address }) {
    if (config.CODE_DELIVERY_URL === '') {
      if (config.NODE_ENV === 'production') throw unavailable()
      log.warn({ user_id: userId, amount, code }, 'code of a withdrawal, in the log only because CODE_DELIVERY_URL is not set')
      return
    }
    const isTaken = await post(JSON.stringify({ user_id: userId, purpose: 'withdrawal', code, amount, network, wallet_address: address })).catch((err: unknown) => {
      log.error({ err }, 'code not delivered')
      return false
    })
    if (!isTaken) throw unavailable()
  }
}
