import type { MeasureClaim, Measured } from '../harness/claim.ts'
import { findFreePort } from '../../scripts/ports.ts'
import { startProxy } from '../harness/proxy.ts'
import { FEW_REQUESTS, REQUESTS, restartUnderLoad } from '../harness/restarts.ts'
import { findSite, type Server } from '../harness/site.ts'

/** Longer than HAProxy takes to notice: two looks at an interval of 250 ms, and some more on a busy machine. */
const GRACE_MS = 3000

const stop = (server: Server): Promise<void> => server.stop()

async function kill (server: Server): Promise<void> {
  server.send('SIGKILL')
  await server.exited
}

/** One instance after the other is ended, started again when it has ended, and back before the next one goes. */
async function measure (wanted: number, end: (server: Server) => Promise<void>): Promise<Measured> {
  const ports = [await findFreePort(), await findFreePort()]
  const proxy = await startProxy(ports)
  const site = await findSite()
  const start = (port: number) => site.startServer({ PORT: port, SHUTDOWN_GRACE_MS: GRACE_MS })
  const servers = new Map(await Promise.all(ports.map(async (port) => [port, await start(port)] as const)))
  await proxy.untilAll()
  const clients = await site.startClients(proxy.origin)

  const measured = await restartUnderLoad(clients, wanted, async function restartEach () {
    for (const [port, server] of servers) {
      await end(server)
      servers.set(port, await start(port))
      await proxy.untilAll()
    }
  })
  await Promise.all([...servers.values()].map(stop))
  await proxy.stop()
  return measured
}

const claim: MeasureClaim = {
  kind: 'measures',
  question: 'Does a restart of two instances behind HAProxy, one after the other, again and again until 50,000 requests have met it, lose any of them? (HAProxy tries nothing twice; BENCH_REQUESTS says how many)',
  usesDatabase: true,
  variants: [{ name: 'killed and started', measure: () => measure(FEW_REQUESTS, kill) }, { name: `SIGTERM with a grace of ${GRACE_MS} ms`, measure: () => measure(REQUESTS, stop) }]
}
export default claim
