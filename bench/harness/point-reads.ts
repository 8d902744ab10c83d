import type { FastifyInstance } from 'fastify'
import type { BenchOptions, LoadRequest } from './claim.ts'
import { adminHeaders } from './tokens.ts'

const USERS_ASKED = 500

/** The cheapest requests that still ask the database: one user each, by its number. */
export async function askForUsers (fastify: FastifyInstance, { users }: BenchOptions): Promise<LoadRequest[]> {
  const headers = adminHeaders(fastify)
  return Array.from({ length: Math.min(users, USERS_ASKED) }, (_, n) => ({ method: 'GET', path: `/v1/users/${n + 1}`, headers }))
}
