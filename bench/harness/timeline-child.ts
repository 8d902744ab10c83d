import { Agent, request as ask, type IncomingMessage } from 'node:http'
import { constants } from 'node:os'
import type { LoadRequest } from './claim.ts'
import type { Stream } from './open-loop-child.ts'
import { goFirst } from './priority.ts'

export interface TimelineLoad {
  address: string
  streams: Stream[]
  /** Requests that begin in a second, whatever becomes of those before. */
  rate: number
  seconds: number
}

/** What became of one request. */
export interface Mark {
  stream: string
  /** When it was due, in ms since the epoch, and how long it took from then. */
  at: number
  ms: number
  /** 0 without an answer. */
  status: number
  /** Code of the problem details; empty where there are none. */
  problem: string
}

const MS_PER_S = 1000
/** A request without an answer for so long has none. */
const PATIENCE_MS = 30_000

const agent = new Agent({ keepAlive: true, maxSockets: Infinity })

/** The code of an answer that is problem details. */
async function problemIn (answer: IncomingMessage): Promise<string> {
  const body = Buffer.concat(await answer.toArray()).toString()
  return answer.headers['content-type']?.startsWith('application/problem+json') === true ? (JSON.parse(body) as { code: string }).code : ''
}

/** Asks once; resolves whatever becomes of it. */
function send (address: string, { method, path, headers, body = '' }: LoadRequest): Promise<Pick<Mark, 'status' | 'problem'>> {
  return new Promise((resolve) => {
    const fail = (): void => { resolve({ status: 0, problem: '' }) }
    const request = ask(address + path, { agent, method, headers: { ...headers, 'content-length': Buffer.byteLength(body) }, timeout: PATIENCE_MS }, (answer) => {
      problemIn(answer).then((problem) => { resolve({ status: Number(answer.statusCode), problem }) }, fail)
    })
    request.on('error', fail).on('timeout', () => { request.destroy() })
    request.end(body)
  })
}

/** Begins requests at random times, at a rate; tells of each what became of it. */
async function drive ({ address, streams, rate, seconds }: TimelineLoad): Promise<Mark[]> {
  const parts = streams.reduce((sum, { part }) => sum + part, 0)
  const counts = new Map<Stream, number>()
  const marks: Promise<Mark>[] = []

  function pick (): Stream {
    let left = Math.random() * parts
    const stream = streams.find(({ part }) => (left -= part) < 0) ?? streams[0]
    if (stream === undefined) throw new Error('There is nothing to ask')
    return stream
  }
  async function fire (due: number): Promise<Mark> {
    const stream = pick()
    const requests = [stream.request].flat()
    const count = counts.get(stream) ?? 0
    counts.set(stream, count + 1)
    const fate = await send(address, requests[count % requests.length] as LoadRequest)
    return { stream: stream.name, at: performance.timeOrigin + due, ms: performance.now() - due, ...fate }
  }

  let due = performance.now()
  const endsAt = due + seconds * MS_PER_S
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      for (const now = performance.now(); due <= now && due < endsAt; due += -Math.log(1 - Math.random()) * MS_PER_S / rate) marks.push(fire(due))
      if (due < endsAt) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  return await Promise.all(marks)
}

/* A process of its own, as in open-loop-child.ts: it tells what became of each request, and when. */
goFirst(constants.priority.PRIORITY_HIGHEST)
process.once('disconnect', () => process.exit())
process.on('message', (load: TimelineLoad) => {
  drive(load).then((marks) => process.send?.(marks), (error: unknown) => { throw error })
})
