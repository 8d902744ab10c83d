import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { JOINS } from './report.ts'
import { startMember, type Ended, type Member, type Message } from './member.ts'

/** A new process that takes longer, its database included, does not replace another one. */
const START_LIMIT_MS = 120_000
/** Pause before the first restart; each further one in a row doubles it. */
const RESTART_MS = 100
const MAX_RESTART_MS = 30_000
/** Whoever lived for so long did not fail at its start. */
const STABLE_MS = 60_000
/** However little memory is allowed, processes are not replaced more often for it. */
const RECYCLE_PAUSE_MS = 60_000

interface Needs {
  size: number
  log: FastifyBaseLogger
  envOf: (place: number) => NodeJS.ProcessEnv
  /** Longest time from an order to the end of a process; then it is killed. */
  stopLimitMs: number
  /** Memory of a process above which it is replaced; 0: none. */
  maxMemoryBytes: number
  onMessage: (member: Member, message: Message) => void
  /** Told when one ended before any was ever ready: the others will too. */
  onHopeless: () => void
}

interface Place {
  number: number
  member: Member | undefined
  /** Ends in a row, each soon after its start. */
  failures: number
  restart: NodeJS.Timeout | undefined
}

/** Keeps as many processes as there are places: one that ends is started again, one that is to go is replaced first. */
export class Crew {
  readonly #needs: Needs
  readonly #places: readonly Place[]
  /** All that live, those that come or go included. */
  readonly #members = new Set<Member>()
  #wasReady = false
  #isStopping = false
  #isReplacing = false
  #mustReload = false
  #recycledAt = -Infinity

  constructor (needs: Needs) {
    this.#needs = needs
    this.#places = Array.from({ length: needs.size }, (_, number) => ({ number, member: undefined, failures: 0, restart: undefined }))
  }

  start (): void {
    for (const place of this.#places) this.#install(place, this.#startMember(place))
  }

  /** Replaces all, one by one; once more if that is under way already, since some of the new ones began before. */
  reload (): void {
    this.#mustReload = this.#isReplacing
    if (!this.#mustReload) this.#replaceAll(this.#places, 'reload').catch(() => {})
  }

  /** Those that take traffic. */
  serving (): Member[] { return [...this.#members].filter(({ isReady }) => isReady) }

  kill (): void {
    for (const member of this.#members) member.kill()
  }

  /** Ends all; resolves with whether each ended well. */
  async stop (): Promise<boolean> {
    this.#isStopping = true
    for (const { restart } of this.#places) clearTimeout(restart)
    const ends = await Promise.all([...this.#members].map((member) => this.#end(member, 'stop')))
    return ends.every((isGood) => isGood)
  }

  /** Resolves with whether it ended well; otherwise the log says how. */
  async #end (member: Member, order: 'stop' | 'retire'): Promise<boolean> {
    const ended = await member.stop(order, this.#needs.stopLimitMs)
    if (ended.code !== 0) this.#needs.log.error({ worker: member.place, workerPid: member.pid, ...ended }, 'worker did not end well')
    return ended.code === 0
  }

  #startMember ({ number: place }: Place): Member {
    const member = startMember({
      place,
      env: { ...this.#needs.envOf(place), ...(this.serving().length > 0 && JOINS) },
      onMessage: (member, message) => {
        if (typeof message === 'object' && message.type === 'memory') this.#weigh(member, message.bytes)
        else this.#needs.onMessage(member, message)
      }
    })
    this.#members.add(member)
    member.ended.then(() => { this.#members.delete(member) }, () => {})
    return member
  }

  #install (place: Place, member: Member): void {
    clearTimeout(place.restart)
    place.member = member
    member.ready.then((isReady) => {
      if (!isReady) return
      this.#wasReady = true
      this.#needs.log.info({ worker: place.number, workerPid: member.pid }, 'worker ready')
    }, () => {})
    member.ended.then((ended) => {
      if (place.member === member && !this.#isStopping) this.#mourn(place, member, ended)
    }, () => {})
  }

  /** One has ended that should not have: another one takes its place, after a pause if that happens again and again. */
  #mourn (place: Place, { pid, startedAt }: Member, ended: Ended): void {
    const { log, onHopeless } = this.#needs
    place.member = undefined
    if (!this.#wasReady) {
      log.fatal({ worker: place.number, workerPid: pid, ...ended }, 'worker did not start')
      onHopeless()
      return
    }
    if (performance.now() - startedAt > STABLE_MS) place.failures = 0
    log.error({ worker: place.number, workerPid: pid, ...ended, pauseMs: this.#startLater(place) }, 'worker died')
  }

  /** Starts one after a pause, in ms; again after a longer one where the system has no room for another process. */
  #startLater (place: Place): number {
    const pauseMs = Math.min(MAX_RESTART_MS, RESTART_MS * 2 ** place.failures)
    place.failures += 1
    place.restart = setTimeout(() => {
      try {
        this.#install(place, this.#startMember(place))
      } catch (err) {
        this.#needs.log.error({ err, worker: place.number, pauseMs: this.#startLater(place) }, 'worker not started')
      }
    }, pauseMs)
    return pauseMs
  }

  /** Starts another one, and lets the old one go when that is ready; false if it never was, and the old one stays. */
  async #replace (place: Place): Promise<boolean> {
    if (this.#isStopping) return false
    const next = this.#startMember(place)
    const limit = new AbortController()
    const isReady = await Promise.race([next.ready, delay(START_LIMIT_MS, false, limit).catch(() => false)])
    limit.abort()
    if (this.#isStopping) return false
    if (!isReady) {
      next.kill()
      this.#needs.log.error({ worker: place.number, workerPid: next.pid }, 'new worker did not start: the old one stays')
      return false
    }
    const old = place.member
    this.#install(place, next)
    if (old) await this.#end(old, 'retire')
    return true
  }

  /** One at a time, for as long as all goes well. */
  async #replaceAll (places: readonly Place[], reason: string): Promise<void> {
    const { log } = this.#needs
    if (this.#isStopping) return
    this.#isReplacing = true
    log.info({ reason }, 'replacing workers')
    try {
      let isDone = true
      for (const place of places) isDone &&= await this.#replace(place)
      if (isDone) log.info({ reason }, 'workers replaced')
    } catch (err) {
      // the system may refuse another process
      log.error({ err, reason }, 'workers not replaced')
    }
    this.#isReplacing = false
    if (this.#mustReload) this.reload()
  }

  #weigh (member: Member, bytes: number): void {
    const { log, maxMemoryBytes } = this.#needs
    const place = this.#places[member.place]
    if (maxMemoryBytes === 0 || bytes <= maxMemoryBytes || place?.member !== member || this.#isReplacing) return
    const now = performance.now()
    if (now - this.#recycledAt < RECYCLE_PAUSE_MS) return
    this.#recycledAt = now
    log.warn({ worker: member.place, workerPid: member.pid, bytes }, 'worker above its memory')
    this.#replaceAll([place], 'memory').catch(() => {})
  }
}
