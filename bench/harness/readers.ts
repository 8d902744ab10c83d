import { request, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { LoadRequest } from './claim.ts'
import { now } from './clock.ts'
import { Unanswered, type Fates } from './fates.ts'

/** Pause of a reader that was not told any, in ms. */
const RETRY_MS = 1000
/** The last event fits into so much of a stream's end. */
const TAIL_LENGTH = 200
const FAREWELL = /retry: (\d+)\nevent: end\n/

interface Reading {
  url: string
  headers: LoadRequest['headers']
  /** A stream on which nothing comes for so long is broken, in ms. */
  limitMs: number
  signal: AbortSignal
}

/** The end of a stream's text, once it has ended well. */
async function readAll (response: IncomingMessage): Promise<string> {
  let tail = ''
  for await (const chunk of response.setEncoding('utf8')) tail = (tail + chunk).slice(-TAIL_LENGTH)
  return tail
}

/** Follows a stream to its end; resolves with the pause that it asks for, in ms. */
async function follow ({ url, headers, limitMs, signal }: Reading, onBegun: () => void): Promise<number> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { agent: false, headers, signal, timeout: limitMs }, resolve)
    sent.on('timeout', () => { sent.destroy(new Unanswered('nothing comes')) }).on('error', reject).end()
  })
  if (response.statusCode !== 200) {
    response.resume()
    throw new Error(`status ${response.statusCode}`)
  }
  onBegun()
  const [, retry] = FAREWELL.exec(await readAll(response)) ?? []
  if (retry === undefined) throw new Error('ended without a word')
  return Number(retry)
}

/** Readers of a stream of events that come back when they are told to. A stream that ends otherwise is a failure. */
export function startReaders (reading: Omit<Reading, 'signal'>, count: number, fates: Fates) {
  const counts = { streams: 0, told: 0 }
  const over = new AbortController()
  const { signal } = over
  const { pathname: path } = new URL(reading.url)

  async function readOnce (): Promise<number> {
    const beganAt = now()
    try {
      const retryMs = await follow({ ...reading, signal }, () => { counts.streams++ })
      counts.told++
      return retryMs
    } catch (error) {
      if (!signal.aborted) fates.fail({ clients: 'readers', path, beganAt }, error)
      return RETRY_MS
    }
  }
  async function live (): Promise<void> {
    while (!signal.aborted) await delay(await readOnce(), undefined, { signal }).catch(() => {})
  }

  const ended = Promise.all(Array.from({ length: count }, live))
  return {
    counts,
    async stop (): Promise<void> {
      over.abort()
      await ended
    }
  }
}
