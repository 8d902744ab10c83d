import { LRUCache } from 'lru-cache'
import { openAccount, type Account } from './account.ts'
import type { Fleet } from './fleet.ts'
import { msUntil, roll, usedAt } from './sliding-window.ts'

/** How an account stands after a request, in units and whole seconds. */
export interface Standing {
  isAllowed: boolean
  /** Units of a window. */
  quota: number
  remaining: number
  /** Until the present window ends. */
  resetS: number
  /** Until the refused request would be allowed; 0 if it is. */
  retryAfterS: number
}

interface Options {
  windowMs: number
  /** Accounts that are remembered; of more, those used last. */
  maxAccounts: number
  fleet: Fleet | null
}

/** What all instances together may hold of a budget without having spent it: the error of the admitted rate is below. */
const LEASED_SHARE = 0.04
/** After so long without a request a lease is given back: for people, who look at a page for a while, the fleet is not asked each time. */
const IDLE_MS = 30_000
/** A refusal of the fleet is believed for so long. */
const REFUSAL_MS = 100
const MS_PER_S = 1000

/** Budgets of units that were spent in the last window, per account: counted here, or by the whole fleet. */
export class Ledger {
  readonly #windowMs: number
  readonly #fleet: Fleet | null
  readonly #accounts: LRUCache<string, Account>
  /** Those of which the fleet must hear again. */
  readonly #unsettled = new Set<Account>()

  constructor ({ windowMs, maxAccounts, fleet }: Options) {
    this.#windowMs = windowMs
    this.#fleet = fleet
    // what is forgotten is not reported either: a flood of addresses takes no more memory while Redis is away
    this.#accounts = new LRUCache({ max: maxAccounts, dispose: (account) => { this.#unsettled.delete(account) } })
  }

  get size (): number { return this.#accounts.size }

  /** Spends units, or refuses; more than the quota counts as the quota. */
  spend (key: string, units: number, quota: number): Standing | Promise<Standing> {
    return this.spendNow(key, units, quota) ?? this.#spendLater(key, units, quota)
  }

  /** The same without asking anybody; undefined if the fleet must be asked. */
  spendNow (key: string, units: number, quota: number): Standing | undefined {
    const account = this.#find(key)
    const now = Date.now()
    roll(account.own, this.#windowMs, now)
    account.lastUsedAt = now
    const fleet = this.#present()
    if (fleet === null) return this.#spendHere(account, units, quota)
    const cost = Math.min(units, quota)
    if (account.lease >= cost) return this.#spendLease(account, cost, quota)
    const isRefused = now < account.refusedUntil && cost >= account.refusedUnits
    return isRefused ? this.#standing(account, quota, cost) : undefined
  }

  /** Gives back units that were spent and not used. */
  refund (key: string, units: number, quota: number): Standing {
    const account = this.#find(key)
    roll(account.own, this.#windowMs, Date.now())
    // not what was spent in a window before
    const refunded = Math.min(units, account.own.current)
    account.own.current -= refunded
    if (this.#fleet !== null) {
      account.lease += refunded
      this.#unsettled.add(account)
    }
    return this.#standing(account, quota)
  }

  /** Gives back idle leases and reports what the fleet has not heard of; to be called every second or so. */
  async settle (): Promise<void> {
    const fleet = this.#present()
    if (fleet === null) return
    const idleSince = Date.now() - IDLE_MS
    const due = [...this.#unsettled].filter(({ lastUsedAt, unreported }) => lastUsedAt < idleSince || unreported > 0)
    await Promise.all(due.map((account) => this.#settleOne(account, fleet)))
  }

  #find (key: string): Account {
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    const account = openAccount(key)
    this.#accounts.set(key, account)
    return account
  }

  /** The fleet, if it can be asked. */
  #present (): Fleet | null {
    return this.#fleet?.state.isAway === false ? this.#fleet : null
  }

  /** Units that this instance may give alone. */
  #share (quota: number): number {
    return Math.max(1, Math.floor(quota / (this.#fleet?.state.instances ?? 1)))
  }

  /** `refused` units of a request that was not allowed, if any. */
  #standing ({ own, counted, lease }: Account, quota: number, refused = 0): Standing {
    const now = Date.now()
    const isShared = this.#present() !== null
    const [spent, limit, held] = isShared ? [counted, quota, lease] : [own, this.#share(quota), 0]
    roll(spent, this.#windowMs, now)
    const left = Math.floor(limit - usedAt(spent, this.#windowMs, now) + held)
    const waitMs = msUntil(spent, limit - refused, this.#windowMs, now)
    return {
      isAllowed: refused === 0,
      quota: limit,
      remaining: Math.max(0, left),
      resetS: Math.ceil((this.#windowMs - now % this.#windowMs) / MS_PER_S),
      retryAfterS: refused === 0 ? 0 : Math.max(1, Math.ceil(waitMs / MS_PER_S))
    }
  }

  /** By what this instance has seen itself: at its share of the budget. */
  #spendHere (account: Account, units: number, quota: number): Standing {
    const limit = this.#share(quota)
    const cost = Math.min(units, limit)
    if (usedAt(account.own, this.#windowMs, Date.now()) + cost > limit) return this.#standing(account, quota, cost)
    account.own.current += cost
    if (this.#fleet !== null) {
      account.unreported += cost
      this.#unsettled.add(account)
    }
    return this.#standing(account, quota)
  }

  #spendLease (account: Account, cost: number, quota: number): Standing {
    account.lease -= cost
    account.own.current += cost
    return this.#standing(account, quota)
  }

  /** Asks the fleet once for all that wait, again for what is still too little. */
  async #spendLater (key: string, units: number, quota: number): Promise<Standing> {
    // only a fleet has to be asked
    const fleet = this.#fleet as Fleet
    for (;;) {
      // another one, if this was forgotten meanwhile
      const account = this.#find(key)
      account.asking ??= this.#ask(account, fleet, { cost: Math.min(units, quota), quota }).finally(() => { account.asking = undefined })
      await account.asking
      const standing = this.spendNow(key, units, quota)
      if (standing !== undefined) return standing
    }
  }

  async #ask (account: Account, fleet: Fleet, { cost, quota }: { cost: number, quota: number }): Promise<void> {
    const { lease, unreported } = account
    const most = Math.max(cost, Math.ceil(quota * LEASED_SHARE / fleet.state.instances))
    const answer = await fleet.lease(account, { quota, least: cost - lease, most: most - lease, back: 0 })
    // it is away: whoever waits is served here
    if (answer === undefined) return
    account.unreported -= unreported
    account.life = answer.life
    account.counted = answer.counted
    account.lease += answer.granted
    this.#unsettled.add(account)
    if (answer.granted > 0) return
    account.refusedUnits = cost
    account.refusedUntil = Date.now() + REFUSAL_MS
  }

  async #settleOne (account: Account, fleet: Fleet): Promise<void> {
    const { lease, unreported } = account
    account.lease = 0
    this.#unsettled.delete(account)
    const answer = await fleet.lease(account, { quota: 0, least: 1, most: 0, back: lease })
    if (answer === undefined) {
      this.#unsettled.add(account)
      return
    }
    account.unreported -= unreported
    account.life = answer.life
    account.counted = answer.counted
  }
}
