import cluster from 'node:cluster'
import { runCrew } from './cluster/index.ts'
import { reportClosed, reportReadiness, waitToListen } from './cluster/report.ts'
import { runProcess } from './process.ts'

// with several processes this one only looks after the others
if (cluster.isWorker || !await runCrew()) {
  await runProcess(async function listen (fastify) {
    await waitToListen(fastify)
    await fastify.listen({ host: fastify.config.HOST, port: fastify.config.PORT })
    await reportReadiness(fastify)
  }, reportClosed)
}
