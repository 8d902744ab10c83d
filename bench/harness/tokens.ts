import type { FastifyInstance } from 'fastify'

/** `demo-admin` of the demo data. */
const ADMIN_ID = '4'

/** Headers of a request by an administrator, who may read everything. */
export function adminHeaders ({ jwt }: FastifyInstance): Record<string, string> {
  const token = jwt.sign({ sub: ADMIN_ID, tier: 'admin', analyst_id: null, subscription_expires: null, sid: '0'.repeat(24) }, { expiresIn: '2h' })
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
}
