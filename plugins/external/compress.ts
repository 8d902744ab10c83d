import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import fp from 'fastify-plugin'

/** The design note's numbers. */
const LEVEL = 6
const THRESHOLD_BYTES = 1024
/** Answers of data; no problem details, which repeat names that the client sent, and no event streams. */
const COMPRESSED_TYPES = /^(?:application\/(?:json|graphql-response\+json|openapi\+json|javascript|manifest\+json|x-ndjson)|text\/(?!event-stream)\S+|image\/svg\+xml)(?:;|$)/

/**
 * Optimization 9: compresses answers on their way; the header `x-no-compression` skips it. Bodies of requests are never
 * decompressed. A body with a secret must not be compressed together with text that the client chose (BREACH,
 * https://www.breachattack.com): tokens are only in answers of `/v1/sessions`, whose routes declare `compress: false`.
 */
export default fp(async function compression (fastify) {
  if (!fastify.optimizationIsOn('compression')) return

  await fastify.register(compress, {
    threshold: THRESHOLD_BYTES,
    encodings: ['br', 'gzip'],
    customTypes: COMPRESSED_TYPES,
    zlibOptions: { level: LEVEL },
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: LEVEL } },
    globalDecompression: false
  })
}, { name: 'compress', dependencies: ['config'] })
