import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    money: typeof money
  }
}

const MICROS = 1_000_000
const AMOUNT = /^(-?)(\d+)\.(\d{6})$/

/** USDT with six decimals of an amount in micro-USDT: `1250500000` → `"1250.500000"`. */
function format (micro: number): string {
  const size = Math.abs(micro)
  const fraction = String(size % MICROS).padStart(6, '0')
  return `${micro < 0 ? '-' : ''}${Math.floor(size / MICROS)}.${fraction}`
}

/** micro-USDT of an amount with six decimals; a RangeError for any other text, or for more than a number holds exactly. */
function parse (text: string): number {
  const [, sign, whole, fraction] = AMOUNT.exec(text) ?? []
  const micro = Number(whole) * MICROS + Number(fraction)
  if (!Number.isSafeInteger(micro)) throw new RangeError('Not an amount of USDT with six decimals')
  return sign === '-' ? 0 - micro : micro
}

const money = { format, parse }

/** Money is an integer of micro-USDT inside and a decimal string outside; never a float. */
export default fp(async function moneyText (fastify) {
  fastify.decorate('money', money)
}, { name: 'money' })
