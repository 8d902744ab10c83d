import type { Behaviour } from './behaviour.ts'
import type { Entry, Payment } from './book.ts'

const HUGE_BYTES = 1_000_000
/** Somebody else's, of either network. */
const OTHER = { id: 'another-payment', amount: '0.000001', address: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' }

export interface Answer {
  status: number
  /** A JSON value, or text. */
  body: unknown
  location?: string
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** The payment that a body asks for; null for what is none. */
export function readPayment (text: string): Payment | null {
  try {
    const { id, amount, network, address } = Object(JSON.parse(text)) as Record<keyof Payment, unknown>
    return isText(id) && isText(amount) && isText(network) && isText(address) ? { id, amount, network, address } : null
  } catch {
    return null
  }
}

/** What is said of an entry: its payment and its status, with 422 for what was asked for and refused. */
export function statementOf ({ due_at: _due, ...entry }: Entry, operation: 'pay' | 'look_up'): Answer {
  return { status: entry.status === 'refused' && operation === 'pay' ? 422 : 200, body: entry }
}

export const absence = (id: string): Answer => ({ status: 404, body: { id, status: 'absent' } })
export const fault = (status: number, error: string): Answer => ({ status, body: { error } })

/** A lie in place of a true answer. */
export function lieAbout (answer: Answer, lie: Behaviour['lie']): Answer {
  if (lie === 'status') return { ...answer, status: 500 }
  if (lie === 'json') return { ...answer, body: '{"status":"paid","id":' }
  if (lie === 'shape') return { ...answer, body: { status: 'paid' } }
  if (lie === 'huge') return { ...answer, body: 'x'.repeat(HUGE_BYTES) }
  if (lie === 'redirect') return { ...answer, status: 307, location: '/control' }
  return { ...answer, body: { ...answer.body as object, [lie]: OTHER[lie] } }
}
