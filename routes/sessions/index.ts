import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AnswerSchema, HASH_COST, PROBLEMS } from '../../schemas/common.ts'
import { CredentialsSchema, RefreshSchema, TokensSchema } from '../../schemas/sessions.ts'

const tags = ['sessions']
/** Sign-in, its renewal and its end. Tokens are never compressed: see `plugins/external/compress.ts`. */
const sessions: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, accounts } = fastify

  // RFC 6749 §5.1: no answer with a token is stored
  fastify.addHook('onRequest', function forbidStoring (_request, reply, done) {
    reply.header('cache-control', 'no-store')
    done()
  })

  fastify.post('', {
    compress: false,
    config: { access: 'public', cost: HASH_COST, priority: 'sign-in', problems: [401] },
    schema: {
      operationId: 'signIn',
      tags,
      summary: 'Sign in',
      description: 'Begins a session: an access token for 15 minutes, which counts until it expires, and a refresh token for 24 hours. After five failures with a name from an address, 429 `TOO_MANY_SIGN_INS`, for longer each time.',
      body: CredentialsSchema,
      response: { 201: AnswerSchema(TokensSchema, 'The session has begun'), ...PROBLEMS }
    }
  }, async function signIn (request, reply) {
    reply.code(201)
    return accounts.signInFrom(fastify.clientAddressOf(request.raw), request.body)
  })

  fastify.post('/refresh', {
    compress: false,
    config: { access: 'public', priority: 'sign-in', problems: [401] },
    schema: {
      operationId: 'refreshSession',
      tags,
      summary: 'Renew a session',
      description: 'Exchanges the refresh token for new tokens. Sent again within ten seconds it gives the same refresh token, for clients that lost the answer; later its second use ends the session.',
      body: RefreshSchema,
      response: { 200: AnswerSchema(TokensSchema, 'The session goes on'), ...PROBLEMS }
    }
  }, async function refreshSession (request) {
    return accounts.refresh(request.body.refresh_token)
  })

  fastify.delete('', {
    config: { access: 'user' },
    schema: {
      operationId: 'signOut',
      tags,
      summary: 'Sign out',
      description: 'Ends the session: its refresh token is refused from now on. The access token counts until it expires, at most 15 minutes.',
      response: { 204: Type.Null({ description: 'The session has ended' }), ...PROBLEMS }
    }
  }, async function signOut (request, reply) {
    await accounts.signOut(access.requireCaller(request.caller))
    reply.code(204)
    return null
  })
}
export default sessions
