import type { ServerClaim } from '../harness/claim.ts'
import { askForFeed } from './data-loaders.ts'
import { WITHOUT_CACHES } from '../harness/variants.ts'

const claim: ServerClaim = {
  kind: 'servers',
  question: 'How long should a data loader collect keys?',
  variants: [
    { name: '10 ms, as the design note', env: { ...WITHOUT_CACHES, LOADER_BATCH_WINDOW_MS: 10 } },
    { name: 'one turn of the event loop', env: { ...WITHOUT_CACHES, LOADER_BATCH_WINDOW_MS: 0 } }
  ],
  prepare: askForFeed
}
export default claim
