import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { buildSchema } from 'graphql'
import { checkAny, checkGraphql, checkRest } from './checks.ts'
import { graphqlShots } from './graphql.ts'
import { oddShots, rawBytes, restShots, type Paths } from './rest.ts'
import { startTarget, type Answer, type Target } from './target.ts'

const SDL = join(import.meta.dirname, '../../schemas/schema.graphql')
/** The heap may grow so much in a run: caches fill, and fast-check remembers. */
const MAX_GROWTH_BYTES = 300 * 1024 * 1024
const MAX_DELAY_MS = 1000

export interface FuzzOptions {
  count: number
  seconds: number
  /** Of an earlier run, to repeat it. */
  seed?: number
  path?: string
}

async function knownIds (origin: string): Promise<string[]> {
  const pages = await Promise.all(['analysts', 'signals'].map(async (name) => await (await fetch(`${origin}/v1/${name}?limit=50`)).json() as { data: { id: string }[] }))
  return pages.flatMap(({ data }) => data.map(({ id }) => id))
}

/** How often each kind of request had each status. */
export type Counts = Record<string, number>

/** What must hold for each request, of whichever kind. */
async function createProperty (target: Target, counts: Counts) {
  function count (kind: string, { status }: Answer): void {
    const name = `${kind} ${status}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  const { paths: all } = await (await fetch(`${target.origin}/openapi.json`)).json() as { paths: Paths }
  // a stream has no end to wait for
  const paths = Object.fromEntries(Object.entries(all).filter(([, { get }]) => get?.responses['200']?.content?.['text/event-stream'] === undefined))
  const schema = buildSchema(await readFile(SDL, 'utf8'))
  const known = await knownIds(target.origin)
  const caller = fc.constantFrom(...target.callers)
  const shots = fc.oneof(
    { weight: 45, arbitrary: restShots(paths, known).map((shot) => ({ kind: 'rest' as const, shot })) },
    { weight: 10, arbitrary: oddShots(paths).map((shot) => ({ kind: 'rest' as const, shot })) },
    { weight: 40, arbitrary: graphqlShots(schema, known).map((shot) => ({ kind: 'graphql' as const, shot })) },
    { weight: 5, arbitrary: rawBytes.map((bytes) => ({ kind: 'raw' as const, bytes })) }
  )
  return fc.asyncProperty(shots, caller, async (sent, credentials) => {
    if (sent.kind === 'raw') {
      const answer = await target.sendBytes(sent.bytes)
      count(sent.kind, answer)
      checkAny(answer)
      return
    }
    const answer = await target.send({ ...sent.shot, headers: { ...credentials, ...sent.shot.headers } })
    count(sent.kind, answer)
    if (sent.kind === 'rest') checkRest(sent.shot, answer)
    else checkGraphql(sent.shot, answer)
  })
}

/** Bytes of the heap that are no garbage: how much of that there is says only when it was last collected. */
function heapInUse (): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

/** Whether the server is well after all that: it answers at once, and its heap has not grown without bound. */
async function checkHealth ({ origin }: Target, heapBefore: number): Promise<void> {
  const startedAt = performance.now()
  const { status } = await fetch(`${origin}/healthz`)
  const delay = performance.now() - startedAt
  const growth = heapInUse() - heapBefore
  if (status !== 200 || delay > MAX_DELAY_MS) throw new Error(`/healthz answers ${status} after ${delay} ms`)
  if (growth > MAX_GROWTH_BYTES) throw new Error(`The heap has grown by ${growth} bytes`)
}

/** Sends `count` requests, or as many as fit into `seconds`; rejects with seed, path and the smallest request that fails. */
export async function fuzz ({ count, seconds, seed, path }: FuzzOptions): Promise<{ requests: number, seed: number, counts: Counts }> {
  const target = await startTarget()
  const counts: Counts = {}
  const faults: unknown[] = []
  const note = (fault: unknown) => { faults.push(fault) }
  process.on('unhandledRejection', note)
  try {
    const heapBefore = heapInUse()
    const limits = { interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false, endOnFailure: false }
    const details = await fc.check(await createProperty(target, counts), { numRuns: count, ...limits, ...(seed !== undefined && { seed }), ...(path !== undefined && { path }) })
    if (details.failed) throw new Error(`${String(details.errorInstance)}\n${fc.defaultReportMessage(details)}`)
    if (faults.length > 0) throw new AggregateError(faults, `unhandled: ${String(faults[0])}; seed ${details.seed}`)
    await checkHealth(target, heapBefore)
    return { requests: details.numRuns, seed: details.seed, counts }
  } finally {
    process.off('unhandledRejection', note)
    await target.close()
  }
}
