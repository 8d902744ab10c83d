import type { IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import clientAddress from '../../../plugins/app/client-address.ts'
import config from '../../../plugins/external/config.ts'
import { buildBare, testEnv } from '../../helper.ts'

async function buildReader (t: Test, proxies = '') {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, TRUSTED_PROXIES: proxies } })
  await fastify.register(clientAddress)
  return (remoteAddress: string | undefined, forwarded?: string) => fastify.clientAddressOf({
    socket: { remoteAddress },
    headers: { ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) }
  } as unknown as IncomingMessage)
}

t.test('an IPv4 address is one client, however it is written', async (t) => {
  const read = await buildReader(t)
  t.equal(read('192.0.2.1'), '192.0.2.1')
  t.equal(read('::ffff:192.0.2.1'), '192.0.2.1')
  t.equal(read(undefined), '0.0.0.0', 'a client that is gone')
})

t.test('the /64 of an IPv6 address is one client', async (t) => {
  const read = await buildReader(t)
  t.equal(read('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  t.equal(read('2001:db8:1:2::'), '2001:db8:1:2::/64')
  t.equal(read('2001:db8:1:3::1'), '2001:db8:1:3::/64')
  t.equal(read('::1'), '0:0:0:0::/64')
})

t.test("strangers' X-Forwarded-For is ignored", async (t) => {
  t.equal((await buildReader(t))('192.0.2.1', '203.0.113.9'), '192.0.2.1')
  t.equal((await buildReader(t, '10.0.0.0/8'))('192.0.2.1', '203.0.113.9'), '192.0.2.1')
})

t.test('trusted proxies say who the client is, from the right up to the first address that is not theirs', async (t) => {
  const read = await buildReader(t, '10.0.0.0/8,192.0.2.1')
  t.equal(read('10.0.0.1', '203.0.113.9'), '203.0.113.9')
  t.equal(read('192.0.2.1', '198.51.100.7, 203.0.113.9, 10.1.1.1'), '203.0.113.9', 'what the client itself wrote is further left')
  t.equal(read('10.0.0.1'), '10.0.0.1', 'a proxy that asks for itself')
  t.equal(read('10.0.0.1', 'nonsense'), '10.0.0.1')
  t.equal(read('10.0.0.1', '2001:db8::1'), '2001:db8:0:0::/64')
})

t.test('a socket is read once', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(config, { env: testEnv })
  await fastify.register(clientAddress)
  let reads = 0
  const socket = { get remoteAddress () { reads += 1; return '192.0.2.1' } }
  const request = { socket, headers: {} } as unknown as IncomingMessage
  t.equal(fastify.clientAddressOf(request), fastify.clientAddressOf(request))
  t.equal(reads, 1)
})

t.test('a proxy that is no address or network is a fault of the configuration', async (t) => {
  await t.rejects(buildReader(t, '10.0.0.0/99'), /invalid/i)
})
