import Fastify from 'fastify'
import requestContext from '../../plugins/app/request-context.ts'
import type { CallClaim, CallVariant } from '../harness/claim.ts'

async function buildVariant (name: string, withContext: boolean): Promise<CallVariant> {
  const fastify = Fastify()
  if (withContext) await fastify.register(requestContext)
  fastify.get('/', async () => 'ok')
  await fastify.ready()
  return { name, call: async () => { await fastify.inject('/') } }
}

const claim: CallClaim = {
  kind: 'calls',
  question: 'What does the request context add to a request?',
  build: async () => [await buildVariant('without', false), await buildVariant('with', true)]
}
export default claim
