import { setTimeout as delay } from 'node:timers/promises'
import { AggregatorRegistry } from 'prom-client'
import type { Member, Message } from './member.ts'

/** A process that does not answer for so long is left out: longer than it waits for the database and Redis. */
const ANSWER_LIMIT_MS = 2000

/** However many scrapes come, the processes are not asked more often. */
const MAX_AGE_MS = 1000

interface Metric { values: { labels: Record<string, string | number> }[] }

/** The same numbers, of one process: in a sum of loads or delays nobody would find anything. */
function label (metrics: Metric[], worker: string): object[] {
  return metrics.map((metric) => ({ ...metric, values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, worker } })) }))
}

/** Answers a process that was asked for metrics with those of all that take traffic, each under its label `worker`. */
export function createMetrics (serving: () => Member[]) {
  const waiting = new Map<number, (metrics: object[]) => void>()
  let asked = 0
  let text = Promise.resolve('')
  let takenAt = -Infinity

  async function ask (member: Member): Promise<object[]> {
    const id = ++asked
    const answer = new Promise<object[]>((resolve) => { waiting.set(id, resolve) })
    member.send({ type: 'metrics-asked', id })
    const metrics = await Promise.race([answer, delay(ANSWER_LIMIT_MS, [], { ref: false })])
    waiting.delete(id)
    return label(metrics as Metric[], String(member.place))
  }

  async function take (): Promise<string> {
    return await AggregatorRegistry.aggregate(await Promise.all(serving().map(ask))).metrics()
  }

  async function tell (member: Member, id: number): Promise<void> {
    const now = performance.now()
    if (now - takenAt >= MAX_AGE_MS) {
      takenAt = now
      text = take()
    }
    member.send({ type: 'metrics-text', id, text: await text })
  }

  return function hear (member: Member, message: Message): void {
    if (typeof message !== 'object' || message.type === 'memory') return
    if (message.type === 'metrics-wanted') tell(member, message.id).catch(() => {})
    else waiting.get(message.id)?.(message.metrics ?? [])
  }
}
