import { setTimeout as delay } from 'node:timers/promises'
import type { Registry } from 'prom-client'

/** The way to the process that started this one, as `node:cluster` has it. */
export interface Channel {
  send: (message: object) => unknown
  on: (event: 'message', listener: (message: unknown) => void) => unknown
  off: (event: 'message', listener: (message: unknown) => void) => unknown
}

interface Answer { type?: string, id?: number, text?: string }

/** Longer than that process waits for those that are slow, in ms. */
const ANSWER_LIMIT_MS = 3000

/** Metrics as text: of this process, or by `channel` of all that serve beside it. Rejects if nobody answers. */
export function createExposition (registry: Registry, channel?: Channel) {
  const waiting = new Map<number, (text: string) => void>()
  let asked = 0

  function hear (message: unknown): void {
    const { type, id = 0, text = '' } = Object(message) as Answer
    if (type === 'metrics-text') waiting.get(id)?.(text)
    if (type === 'metrics-asked') registry.getMetricsAsJSON().then((metrics) => channel?.send({ type: 'metrics', id, metrics }), () => {})
  }
  channel?.on('message', hear)

  return {
    async read (this: void): Promise<string> {
      if (channel === undefined) return await registry.metrics()
      const id = ++asked
      const answer = new Promise<string>((resolve) => { waiting.set(id, resolve) })
      channel.send({ type: 'metrics-wanted', id })
      const text = await Promise.race([answer, delay(ANSWER_LIMIT_MS, undefined, { ref: false })])
      waiting.delete(id)
      if (text === undefined) throw new Error('No answer of the process that has the metrics of all')
      return text
    },

    stop (): void { channel?.off('message', hear) }
  }
}
