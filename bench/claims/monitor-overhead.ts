import Fastify from 'fastify'
import metrics from '../../plugins/app/metrics/index.ts'
import performanceMonitor from '../../plugins/app/performance-monitor/index.ts'
import requestContext from '../../plugins/app/request-context.ts'
import config from '../../plugins/external/config.ts'
import type { CallClaim } from '../harness/claim.ts'

function add (one: number, other: number): number {
  return one + other
}

const claim: CallClaim = {
  kind: 'calls',
  question: 'What does the performance monitor add to a call? (limit: 1 µs)',
  async build () {
    const fastify = Fastify()
    await fastify.register(config)
    await fastify.register(metrics)
    await fastify.register(requestContext)
    await fastify.register(performanceMonitor)
    const monitored = fastify.monitored('add', add)
    return [{ name: 'plain function', call: () => add(1, 2) }, { name: 'monitored', call: () => monitored(1, 2) }]
  }
}
export default claim
