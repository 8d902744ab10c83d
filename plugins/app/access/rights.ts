import type { FastifyInstance } from 'fastify'
import type { Caller } from '../../../schemas/users.ts'
import type { Rights } from './signal-viewer.ts'

type Needs = Pick<FastifyInstance, 'analystsRepository' | 'usersRepository'>

/** The result of `load` per caller, that is, per request; forgotten with it. */
function oncePerCaller<T> (load: (caller: Caller) => Promise<T>) {
  const loaded = new WeakMap<Caller, Promise<T>>()
  return function loadOnce (caller: Caller): Promise<T> {
    const result = loaded.get(caller) ?? load(caller)
    loaded.set(caller, result)
    return result
  }
}

/** What the database says now of callers, whose tokens may be up to 15 minutes behind. */
export function createRights ({ analystsRepository, usersRepository }: Needs) {
  const analystOf = oncePerCaller((caller) => analystsRepository.findByUserId(caller.user_id))

  async function load (caller: Caller): Promise<Rights | null> {
    const user = await usersRepository.findById(caller.user_id, ['tier', 'subscription_expires', 'is_active'])
    if (!user?.is_active) return null
    const analyst = user.tier === 'analyst' && caller.analyst_id === null ? await analystOf(caller) : null
    return {
      tier: user.tier,
      analyst_id: analyst?._id.toHexString() ?? null,
      subscription_expires: user.subscription_expires?.getTime() ?? null
    }
  }

  return { analystOf, of: oncePerCaller(load) }
}
