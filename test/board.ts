import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buildApp } from './helper.ts'
import { addJob, until } from './jobs.ts'
import { addPeople } from './people.ts'
import { startRedis } from './redis.ts'

/** A server that gives jobs to the queue and does none, so that one sees them there. */
export async function buildBoard (t: Test, env = {}) {
  const redis = await startRedis(t)
  const fastify = await buildApp(t, { env: { HOST: '127.0.0.1', QUEUE_REDIS_URL: redis.url, JOBS_POLL_MS: 20, ...env } })
  const { queue, isReady } = fastify.jobs.queueView as { queue: Queue, isReady: () => boolean }
  return { redis, fastify, people: await addPeople(fastify), queue, isReady }
}

/** Adds a job and waits until the queue has it; resolves with its identifier. */
export async function addQueuedJob (fastify: FastifyInstance, subject: string): Promise<string> {
  await addJob(fastify, subject, { score: 3 })
  const entry = await fastify.documents.collection('outbox').findOne({ subject })
  const id = String(entry?._id)
  await until(async () => await fastify.jobs.queueView?.queue.getJob(id) !== undefined)
  return id
}

/** Signs in as the page at `/ops` does, and asks for the cookie of the board. */
export async function openBoard (fastify: FastifyInstance, username = 'admin') {
  const signedIn = await fastify.inject({ method: 'POST', url: '/v1/sessions', payload: { username, password: 'demo-password' } })
  const authorization = `Bearer ${signedIn.json<{ access_token: string }>().access_token}`
  const answer = await fastify.inject({ method: 'POST', url: '/v1/ops/queues/session', headers: { authorization } })
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? ''
  return { answer, authorization, cookie, headers: { cookie } }
}
