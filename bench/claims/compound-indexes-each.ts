import { askChild, startChild } from '../harness/children.ts'
import type { BenchOptions, LoadRequest, Measured, ServerClaim } from '../harness/claim.ts'
import type { LoadResult } from '../harness/load-child.ts'
import compoundIndexes from './compound-indexes.ts'

/** The lists of the mix, in the order in which it asks for them. */
const LISTS = ['transactions_of_a_user', 'signals_of_an_analyst', 'newest_signals', 'best_analysts']
const WARM_UP_S = 1

/** Each list alone, for its part of the turn: in the mix the slowest one would hide the others. */
async function measure (address: string, requests: LoadRequest[], { connections, seconds }: BenchOptions): Promise<Measured> {
  const loader = startChild('load-child.ts', {})
  const measured: Measured = {}
  await askChild<LoadResult>(loader, { address, requests, connections, until: { duration: WARM_UP_S } })
  for (const [place, list] of LISTS.entries()) {
    const ofList = requests.filter((_, n) => n % LISTS.length === place)
    const { p50Ms, failed } = await askChild<LoadResult>(loader, { address, requests: ofList, connections, until: { duration: seconds } })
    if (failed > 0) throw new Error(`${failed} requests failed`)
    measured[`${list}_p50_ms`] = p50Ms
  }
  loader.disconnect()
  return measured
}

const claim: ServerClaim = {
  ...compoundIndexes,
  question: 'What do the compound indexes do for each list alone?',
  defaults: { rounds: 4, connections: 4 },
  measure
}
export default claim
