import type { ServerClaim } from '../harness/claim.ts'
import { TRACED } from '../harness/collector.ts'
import traces from './traces.ts'

const SAMPLED = { ...TRACED, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: 0.01 }

const claim: ServerClaim = {
  ...traces,
  question: 'And if one in a hundred is kept?',
  variants: [traces.variants[0], { ...traces.variants[1], env: { ...traces.variants[1].env, ...SAMPLED } }]
}
export default claim
