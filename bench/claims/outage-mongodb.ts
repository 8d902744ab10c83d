import type { MeasureClaim, Measured } from '../harness/claim.ts'
import { openGate, type Gate } from '../harness/gate.ts'
import { isGood, isRefused, isShed, p50, p99, percentOf, phasesOf, returnOf } from '../harness/outage-numbers.ts'
import { rideOut, setUp, type Course } from '../harness/outages.ts'
import type { Stream } from '../harness/open-loop-child.ts'

/** What became of the requests while the database was away, and how soon it was used again. */
function numbersOf (course: Course): Measured {
  const { before, during, known } = phasesOf(course)
  const kept = during.filter(({ stream }) => stream === 'kept')
  const others = during.filter(({ stream }) => stream !== 'kept')
  const refused = others.filter(isRefused)
  const refusedOnceKnown = known.filter(isRefused)
  return {
    before_p99_ms: p99(before),
    before_failed: before.filter((mark) => !isGood(mark)).length,
    kept_good_percent: percentOf(kept, isGood),
    kept_p99_ms: p99(kept),
    others_refused_percent: percentOf(others, isRefused),
    others_shed_percent: percentOf(others, isShed),
    others_good: others.filter(isGood).length,
    others_other_answer: others.filter((mark) => mark.status !== 0 && !isGood(mark) && !isRefused(mark)).length,
    others_no_answer: others.filter(({ status }) => status === 0).length,
    refused_p50_ms: p50(refused),
    refused_p99_ms: p99(refused),
    refused_max_ms: Math.max(...refused.map(({ ms }) => ms)),
    refused_once_known_p99_ms: p99(refusedOnceKnown),
    ...returnOf(course, ['read', 'write'])
  }
}

/** A server of its own for each turn, with its database behind a gate. */
async function measure (strike: (gate: Gate) => void, mend: (gate: Gate) => void | Promise<void>): Promise<Measured> {
  const { uri, requests: { kept, read, write }, startServer } = await setUp()
  const gate = await openGate(uri)
  const server = await startServer({ MONGODB_URI: gate.uri })
  const streams: Stream[] = [{ name: 'kept', part: 60, request: kept }, { name: 'read', part: 30, request: read }, { name: 'write', part: 10, request: write }]
  try {
    return numbersOf(await rideOut({ address: server.match[1] ?? '', streams, strike: () => { strike(gate) }, mend: () => mend(gate) }))
  } finally {
    await server.kill()
    gate.close()
  }
}

const claim: MeasureClaim = {
  kind: 'measures',
  question: 'What do 100 requests a second see when the database is away for 10 s and comes back? (limits: kept answers go on, the others are 503 problem details well within a second; all is well within 2 s after its return)',
  usesDatabase: true,
  variants: [
    { name: 'it refuses connections', measure: () => measure((gate) => { gate.refuse() }, (gate) => gate.admit()) },
    { name: 'it is silent', measure: () => measure((gate) => { gate.hush() }, (gate) => { gate.speak() }) }
  ]
}
export default claim
