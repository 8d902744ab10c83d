import t from 'tap'
import { buildGraphql } from './client.ts'

t.test('an operation is named to logs and metrics by the request, or else by its text', async (t) => {
  const { fastify, ask } = await buildGraphql(t)
  const contexts = new Set<string>()
  fastify.mongo.client.on('commandStarted', () => {
    const { operation = '' } = fastify.requestContext.get() ?? {}
    if (operation.startsWith('graphql')) contexts.add(operation)
  })
  const first = '{ signals(first: 1) { edges { node { id } } } }'

  await ask(`query Alone ${first}`)
  await ask(`query One ${first} query Other { signals(first: 2) { edges { node { id } } } }`, { operationName: 'Other' })
  await ask('{ signals(first: 3) { edges { node { id } } } }')
  await ask(`query First ${first} query Second ${first}`)
  await ask('query Broken {')

  t.strictSame([...contexts], ['graphql Alone', 'graphql Other', 'graphql anonymous'])
  const names = (await fastify.metrics.metrics()).matchAll(/graphql_operation_duration_seconds_count\{operation="(\w+)",outcome="(\w+)"\} (\d)/g)
  t.strictSame([...names].map(([, ...parts]) => parts.join(' ')).sort(), ['Alone ok 1', 'Other ok 1', 'anonymous failed 2', 'anonymous ok 1'])
})
