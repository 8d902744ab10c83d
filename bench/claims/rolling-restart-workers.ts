import type { MeasureClaim, Measured } from '../harness/claim.ts'
import { FEW_REQUESTS, REQUESTS, restartUnderLoad } from '../harness/restarts.ts'
import { findSite, type Server } from '../harness/site.ts'

const WORKERS = 2
const READY = /"msg":"worker ready"/

/** Each is killed and another one started, by the first process, before it is the next one's turn. */
async function killEach (server: Server): Promise<void> {
  for (let place = 0; place < WORKERS; place++) {
    const ready = (await server.printed(READY)).map((line) => JSON.parse(line) as { worker: number, workerPid: number })
    const victim = ready.findLast(({ worker }) => worker === place)
    if (victim === undefined) throw new Error('A worker is missing')
    process.kill(victim.workerPid, 'SIGKILL')
    await server.printed(READY, ready.length + 1)
  }
}

async function replaceEach (server: Server, number: number): Promise<void> {
  server.send('SIGHUP')
  await server.printed(/"reason":"reload","msg":"workers replaced"/, number)
}

async function measure (wanted: number, restart: (server: Server, number: number) => Promise<void>): Promise<Measured> {
  const site = await findSite()
  const server = await site.startServer({ PORT: 0, WORKERS: String(WORKERS) })
  await server.printed(READY, WORKERS)
  const clients = await site.startClients(server.origin)
  const measured = await restartUnderLoad(clients, wanted, (number) => restart(server, number))
  await server.stop()
  return measured
}

const claim: MeasureClaim = {
  kind: 'measures',
  question: 'Does a restart of both workers, again and again until 50,000 requests have met it, lose any of them? (BENCH_REQUESTS says how many)',
  usesDatabase: true,
  variants: [{ name: 'killed and started', measure: () => measure(FEW_REQUESTS, killEach) }, { name: 'SIGHUP', measure: () => measure(REQUESTS, replaceEach) }]
}
export default claim
