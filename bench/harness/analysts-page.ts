import type { FastifyInstance } from 'fastify'
import type { LoadRequest } from './claim.ts'

/** A public list of about 8 KB, and the entity tag of its plain form. */
export async function askForAnalysts (fastify: FastifyInstance): Promise<LoadRequest & { etag: string }> {
  const path = '/v1/analysts?limit=35'
  const { headers } = await fastify.inject(path)
  return { method: 'GET', path, etag: String(headers.etag) }
}

/** One analyst, by an id that there is. */
export async function askForAnalyst (fastify: FastifyInstance): Promise<LoadRequest> {
  const { data: [analyst] } = (await fastify.inject('/v1/analysts?limit=1&fields=id')).json<{ data: [{ id: string }] }>()
  return { method: 'GET', path: `/v1/analysts/${analyst.id}` }
}
