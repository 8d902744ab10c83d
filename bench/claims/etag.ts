import { askForAnalysts } from '../harness/analysts-page.ts'
import type { ServerClaim } from '../harness/claim.ts'
import { WITHOUT_CACHES, without } from '../harness/variants.ts'

/** Requests by clients that have the answer already, for one by a client that has not. */
const AGAIN = 9
/** Plain, so that what is saved is not compression's. */
const PLAIN = { 'accept-encoding': 'identity' }

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What do entity tags save where nine of ten clients have the list of 35 analysts already, and each answer is made anew?',
  variants: [{ name: 'without entity tags', env: without('etag') }, { name: 'with entity tags', env: WITHOUT_CACHES }],
  async prepare (fastify) {
    const { etag, method, path } = await askForAnalysts(fastify)
    const again = { method, path, headers: { ...PLAIN, 'if-none-match': etag } }
    return [{ method, path, headers: PLAIN }, ...Array.from({ length: AGAIN }, () => again)]
  }
}
export default claim
