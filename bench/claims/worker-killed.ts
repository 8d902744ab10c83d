import type { Measured, MeasureClaim } from '../harness/claim.ts'
import { now } from '../harness/clock.ts'
import { findFreePort } from '../../scripts/ports.ts'
import { failuresOf, tellFailures, untilAsked } from '../harness/restarts.ts'
import { findSite, type Clients, type Site } from '../harness/site.ts'

const READY = /"msg":"worker ready"/

/** Kills a process, waits until there are as many again, and tells what became of the requests. */
async function killUnderLoad (clients: Clients, victim: number, untilBack: () => Promise<void>): Promise<Measured> {
  await untilAsked(clients)
  const killedAt = now()
  process.kill(victim, 'SIGKILL')
  await untilBack()
  const backAt = now()
  await untilAsked(clients)
  const result = await clients.stop()
  tellFailures(result)
  const failed = failuresOf(result, /kept|new/)
  const inFlight = failed.filter(({ beganAt, endedAt }) => beganAt <= killedAt && endedAt >= killedAt)
  const late = failed.filter(({ beganAt }) => beganAt > killedAt)
  return {
    requests: result.requests,
    failed_requests: failed.length,
    of_them_in_flight_at_the_kill: inFlight.length,
    of_them_begun_later: late.length,
    never_answered: failed.filter(({ isUnanswered }) => isUnanswered).length,
    last_failed_began_after_ms: Math.max(0, ...late.map(({ beganAt }) => beganAt - killedAt)),
    all_serve_again_after_ms: backAt - killedAt,
    longest_silence_ms: result.longestSilenceMs,
    failed_streams: failuresOf(result, /readers/).length
  }
}

async function measureOne (site: Site): Promise<Measured> {
  const port = await findFreePort()
  let server = await site.startServer({ PORT: port })
  const measured = await killUnderLoad(await site.startClients(server.origin), server.pid, async function supervise () {
    await server.exited
    server = await site.startServer({ PORT: port })
  })
  await server.stop()
  return measured
}

async function measureTwo (site: Site): Promise<Measured> {
  const server = await site.startServer({ PORT: 0, WORKERS: '2' })
  const [line] = await server.printed(READY, 2)
  const { workerPid } = JSON.parse(String(line)) as { workerPid: number }
  const measured = await killUnderLoad(await site.startClients(server.origin), workerPid, async function wait () {
    await server.printed(READY, 3)
  })
  await server.stop()
  return measured
}

const claim: MeasureClaim = {
  kind: 'measures',
  question: 'What do clients see of a process that is killed? (limits: only its requests in flight fail, the service is back within 2 s)',
  usesDatabase: true,
  variants: [
    { name: 'the only one, started again at once', measure: async () => measureOne(await findSite()) },
    { name: 'one of two workers', measure: async () => measureTwo(await findSite()) }
  ]
}
export default claim
