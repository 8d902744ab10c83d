import { connect, type Socket } from 'node:net'
import { constants } from 'node:os'
import type { LoadRequest } from './claim.ts'
import { goFirst } from './priority.ts'
import { percentile } from './statistics.ts'

/** Requests of one kind, and their part of all, of the sum of all parts. */
export interface Stream {
  name: string
  part: number
  /** One again and again, or several in turn. */
  request: LoadRequest | LoadRequest[]
}

export interface OpenLoad {
  address: string
  streams: Stream[]
  /** Requests that begin in a second, whatever becomes of those before. */
  rate: number
  seconds: number
  /** Most at once on the wire; the others wait for a connection, and their time runs. */
  connections: number
}

/** What became of the requests of one stream; times are from when a request was due. */
export interface Fate {
  succeeded: number
  /** Of them, before the last request was due: the rest was answered when the load was over. */
  inTime: number
  refused: number
  failed: number
  p50Ms: number
  p99Ms: number
  refusedP50Ms: number
  refusedP99Ms: number
}
export interface OpenLoadResult {
  fates: Record<string, Fate>
  /** How late requests were begun, by this process and the machine: 99th percentile. It is part of all times. */
  lagP99Ms: number
}

interface Tally {
  ok: number[]
  inTime: number
  refused: number[]
  failed: number
}

const startTally = (): Tally => ({ ok: [], inTime: 0, refused: [], failed: 0 })

/** A request that is due: its bytes, and who is told its status, 0 without an answer. */
interface Due {
  bytes: Buffer
  settle: (status: number) => void
}

const MS_PER_S = 1000
/** Time after the load in which answers still count; later ones have failed. */
const PATIENCE_MS = 10_000
const HEAD_END = '\r\n\r\n'

function toBytes ({ method, path, headers = {}, body = '' }: LoadRequest, host: string): Buffer {
  const lines = Object.entries({ host, ...headers, 'content-length': Buffer.byteLength(body) }).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}${HEAD_END}${body}`)
}

/** Gives the bytes of a stream's next request. */
function createQueue ({ request }: Stream, host: string): () => Buffer {
  const all = [request].flat().map((each) => toBytes(each, host))
  let count = 0
  return () => all[count++ % all.length] as Buffer
}

/** Length of a whole answer, of which there may be a part only; undefined while its head is not there. */
function lengthOf (received: Buffer): number | undefined {
  const end = received.indexOf(HEAD_END)
  if (end === -1) return undefined
  const length = /content-length: (\d+)/i.exec(received.toString('latin1', 0, end))?.[1]
  return end + HEAD_END.length + Number(length ?? 0)
}

/** Connections that carry one request after another; raw sockets, since the client's share of the machine is the server's loss. */
function createConnections ({ hostname, port }: URL, most: number) {
  const free: Socket[] = []
  const waiting: Due[] = []
  const current = new Map<Socket, Due>()
  let open = 0

  function write (socket: Socket, due: Due): void {
    current.set(socket, due)
    socket.write(due.bytes)
  }

  function next (socket: Socket): void {
    const due = waiting.shift()
    if (due === undefined) free.push(socket)
    else write(socket, due)
  }

  function openSocket (): Socket {
    open += 1
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const length = lengthOf(received)
      if (length === undefined || received.length < length) return
      const status = Number(received.toString('latin1', 9, 12))
      received = Buffer.alloc(0)
      current.get(socket)?.settle(status)
      current.delete(socket)
      next(socket)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      open -= 1
      current.get(socket)?.settle(0)
      current.delete(socket)
      if (free.includes(socket)) free.splice(free.indexOf(socket), 1)
    })
    return socket
  }

  return {
    send (due: Due): void {
      const socket = free.pop() ?? (open < most ? openSocket() : undefined)
      if (socket === undefined) waiting.push(due)
      else write(socket, due)
    },

    end (): void {
      for (const { settle } of waiting.splice(0)) settle(0)
      for (const socket of [...free, ...current.keys()]) socket.destroy()
    }
  }
}

/** Latencies begin when a request was due, not when it could be sent: nothing that the server delays goes unmeasured. */
async function drive ({ address, streams, rate, seconds, connections }: OpenLoad): Promise<OpenLoadResult> {
  const url = new URL(address)
  const wire = createConnections(url, connections)
  const prepared = streams.map((stream) => ({ ...stream, queue: createQueue(stream, url.host), tally: startTally() }))
  const parts = streams.reduce((sum, { part }) => sum + part, 0)
  const lags: number[] = []
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * MS_PER_S
  let underWay = 0

  function pick () {
    let left = Math.random() * parts
    return prepared.find(({ part }) => (left -= part) < 0) ?? prepared[0]
  }

  function fire (dueAt: number): void {
    const stream = pick()
    if (stream === undefined) throw new Error('There is nothing to ask')
    const { queue, tally } = stream
    underWay += 1
    wire.send({
      bytes: queue(),
      settle (status) {
        const now = performance.now()
        underWay -= 1
        if (status >= 200 && status < 300) {
          tally.ok.push(now - dueAt)
          if (now < endsAt) tally.inTime += 1
        } else if (status === 503) tally.refused.push(now - dueAt)
        else tally.failed += 1
      }
    })
  }

  let due = startedAt
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now()
      // arrivals as a Poisson process
      for (; due <= now && due < endsAt; due += -Math.log(1 - Math.random()) * MS_PER_S / rate) {
        lags.push(now - due)
        fire(due)
      }
      if (due < endsAt || (underWay > 0 && now < endsAt + PATIENCE_MS)) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  wire.end()
  const fates = Object.fromEntries(prepared.map(({ name, tally: { ok, inTime, refused, failed } }) => [name, {
    succeeded: ok.length, inTime, refused: refused.length, failed, p50Ms: percentile(ok, 0.5), p99Ms: percentile(ok, 0.99), refusedP50Ms: percentile(refused, 0.5), refusedP99Ms: percentile(refused, 0.99)
  }]))
  return { fates, lagP99Ms: percentile(lags, 0.99) }
}

/* A process of its own, as in load-child.ts: first on the machine where that is allowed, since who measures must not wait. */
goFirst(constants.priority.PRIORITY_HIGHEST)
process.once('disconnect', () => process.exit())
process.on('message', (load: OpenLoad) => {
  drive(load).then((result) => process.send?.(result), (error: unknown) => { throw error })
})
