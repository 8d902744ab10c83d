import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createPasswordHasher } from './password-hasher.ts'
import { createPasswordWait } from './password-wait.ts'
import { createProfiles } from './profiles.ts'
import { createSignIn } from './sign-in.ts'
import { createTokens } from './tokens.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accounts: ReturnType<typeof createAccounts>
  }
}

function createAccounts (fastify: FastifyInstance) {
  const { analystsRepository, auditLog, httpErrors, monitored, presenter, sessionsRepository, usersRepository } = fastify
  const passwords = createPasswordHasher(() => httpErrors.serviceUnavailable('Too many sign-ins at a time'))
  const tokens = createTokens(fastify)
  return {
    ...createPasswordWait(fastify),
    ...createSignIn({ auditLog, httpErrors, monitored, passwords, tokens, usersRepository }),
    ...createProfiles({ analystsRepository, auditLog, httpErrors, monitored, passwords, presenter, sessionsRepository, usersRepository })
  }
}

/** Sign-up, sign-in, sessions and profiles. Passwords are hashed a few at a time; beyond what may wait the answer is 503. */
export default fp(async function accounts (fastify) {
  fastify.decorate('accounts', createAccounts(fastify))
}, {
  name: 'accounts',
  dependencies: ['access', 'analysts-repository', 'audit-log', 'config', 'jwt', 'performance-monitor', 'presenter', 'sensible', 'sessions-repository', 'users-repository']
})
