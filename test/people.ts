import type { FastifyInstance } from 'fastify'
import type { Caller, NewUser } from '../schemas/users.ts'

/** Of the password `demo-password`, made once: hashing it for each user would take most of a test's time. */
export const DEMO_HASH = '$argon2id$v=19$m=19456,p=1,t=2$l/3H0JzV+C+k0s0orW7sVA$IBRhmqlusZZWCKS12Yb/S8agtdv1YvVfr0gy7we9uJw'

const DAY_MS = 86_400_000
const SESSION_ID = 'a'.repeat(24)

export interface Person {
  user_id: number
  caller: Caller
  /** Headers of a signed-in request. */
  headers: { authorization: string }
}

/** Headers with an access token of the given caller, as signing in would issue it. */
export function tokenOf (fastify: FastifyInstance, caller: Caller): { authorization: string } {
  const { user_id: userId, session_id: sid, ...rest } = caller
  return { authorization: `Bearer ${fastify.jwt.sign({ ...rest, sub: String(userId), sid })}` }
}

/** A user in the database and signed in, without the time of a real sign-in. */
export async function addPerson (fastify: FastifyInstance, username: string, changes: Partial<NewUser> = {}): Promise<Person> {
  const user = await fastify.usersRepository.create({
    username,
    password_hash: DEMO_HASH,
    tier: 'free',
    balance: 10_000_000_000,
    is_active: true,
    subscription_expires: null,
    referred_by: null,
    created_at: new Date(),
    ...changes
  })
  const caller = {
    user_id: user.user_id,
    tier: user.tier,
    analyst_id: null,
    subscription_expires: user.subscription_expires?.getTime() ?? null,
    session_id: SESSION_ID
  }
  return { user_id: user.user_id, caller, headers: tokenOf(fastify, caller) }
}

/** An analyst, signed in. */
export async function addAnalyst (fastify: FastifyInstance, username: string, { is_active: isActive = true } = {}) {
  const person = await addPerson(fastify, username, { tier: 'analyst' })
  const analyst = await fastify.analystsRepository.create({ user_id: person.user_id, name: username, bio: '', rank: 10, is_active: isActive })
  const caller = { ...person.caller, analyst_id: analyst._id.toHexString() }
  return { ...person, analyst_id: caller.analyst_id, caller, headers: tokenOf(fastify, caller) }
}

/** One of each kind of caller. */
export async function addPeople (fastify: FastifyInstance) {
  return {
    user: await addPerson(fastify, 'user'),
    stranger: await addPerson(fastify, 'stranger'),
    subscriber: await addPerson(fastify, 'subscriber', { tier: 'vip', subscription_expires: new Date(Date.now() + 30 * DAY_MS) }),
    lapsed: await addPerson(fastify, 'lapsed', { tier: 'vip', subscription_expires: new Date(Date.now() - DAY_MS) }),
    analyst: await addAnalyst(fastify, 'analyst'),
    rival: await addAnalyst(fastify, 'rival'),
    admin: await addPerson(fastify, 'admin', { tier: 'admin' })
  }
}

export const BUY = { symbol: 'BTCUSDT', side: 'buy' as const, entry: '60000', targets: ['61000.5', '62000'], stop_loss: '59000' }
