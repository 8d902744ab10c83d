import { askForAnalysts } from '../harness/analysts-page.ts'
import type { ServerClaim } from '../harness/claim.ts'
import { WITHOUT_CACHES, without } from '../harness/variants.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'What does compression save of a list of 35 analysts, and what does it cost where each answer is made and compressed anew?',
  variants: [{ name: 'without compression', env: without('compression') }, { name: 'Brotli, level 6', env: WITHOUT_CACHES }],
  async prepare (fastify) {
    const { method, path } = await askForAnalysts(fastify)
    return [{ method, path, headers: { 'accept-encoding': 'br' } }]
  }
}
export default claim
