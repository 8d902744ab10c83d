import { randomUUID } from 'node:crypto'
import type { Shot } from '../client.ts'
import type { Deed, Scene } from '../scene.ts'

const BAD: readonly [Shot, ...Shot[]] = [
  { path: '/v1/signals?limit=0' },
  { path: '/v1/signals?nonsense=1' },
  { path: '/v1/signals/not-an-identifier' },
  { path: `/v1/signals?cursor=${'x'.repeat(50)}` },
  { method: 'POST', path: '/v1/sessions', body: '{"username":' },
  { method: 'POST', path: '/v1/sessions', body: { username: { $ne: null }, password: 'x' } },
  { method: 'POST', path: '/v1/sessions', body: 'x'.repeat(2_000_000) },
  { method: 'POST', path: '/v1/subscriptions', body: { plan: 'vip', months: 1 } },
  { path: '/v1/users/me', headers: { authorization: 'Bearer nonsense' } },
  { path: '/v1/users/1' }
]
const BROKEN = ['GET / HTTP/1.1\r\nhost: \0\r\n\r\n', 'nonsense\r\n\r\n', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(40_000)}\r\n\r\n`] as const

async function send ({ client, address }: Scene, shot: Shot): Promise<number> {
  const { status } = await client.send({ ...shot, headers: { ...address(), ...shot.headers } })
  return status
}

/** What is refused. */
export const FAULTS: readonly Deed[] = [
  { name: 'bad requests', part: 4, statuses: [400, 401, 404, 413], run: (scene) => send(scene, scene.random.pick(BAD)) },
  { name: 'broken requests', part: 0.5, statuses: [400, 431], run: ({ client, random }) => client.sendBytes(random.pick(BROKEN)) },
  { name: 'unknown URLs', part: 3, statuses: [404], run: (scene) => send(scene, { path: `/${randomUUID()}/${randomUUID()}` }) },
  { name: 'over the limit', part: 3, statuses: [200, 429], run: (scene) => send(scene, { path: '/v1/analysts?limit=3', headers: { 'x-forwarded-for': '10.7.0.1' } }) }
]
