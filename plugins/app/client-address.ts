import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import proxyAddr from '@fastify/proxy-addr'
import fp from 'fastify-plugin'
import ipaddr from 'ipaddr.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Network that a request comes from: an IPv4 address, or the /64 of an IPv6 one, which is what a single host gets. */
    clientAddressOf: (request: IncomingMessage) => string
  }
}

/** 64 bits, as groups of an IPv6 address. */
const NETWORK_GROUPS = 4

/** The same text for all ways to write an address, and for all addresses of an IPv6 network. */
function normalize (address: string): string {
  const parsed = ipaddr.process(address)
  if (parsed instanceof ipaddr.IPv4) return parsed.toString()
  return `${parsed.parts.slice(0, NETWORK_GROUPS).map((group) => group.toString(16)).join(':')}::/64`
}

/** A socket that is closed already has no address any more; nobody reads its answer. */
const peerOf = (socket: Socket): string => normalize(socket.remoteAddress ?? '0.0.0.0')

/**
 * Who is at the other end: the peer of the connection, or what the trusted proxies among `TRUSTED_PROXIES` say in
 * `X-Forwarded-For`, from the right up to the first address that is not one of them. Nobody else's header is read.
 */
export default fp(async function clientAddress (fastify) {
  const proxies = fastify.config.TRUSTED_PROXIES.split(',').filter((proxy) => proxy !== '')
  const isTrusted = proxyAddr.compile(proxies)
  const peers = new WeakMap<Socket, string>()

  function findPeer (socket: Socket): string {
    const known = peers.get(socket)
    if (known !== undefined) return known
    const peer = peerOf(socket)
    peers.set(socket, peer)
    return peer
  }

  fastify.decorate('clientAddressOf', function clientAddressOf (request) {
    if (proxies.length === 0 || request.headers['x-forwarded-for'] === undefined) return findPeer(request.socket)
    const address = proxyAddr(request, isTrusted)
    return ipaddr.isValid(address) ? normalize(address) : findPeer(request.socket)
  })
}, { name: 'client-address', dependencies: ['config'] })
