import { constants } from 'node:os'
import { goFirst } from '../harness/priority.ts'
import { createDriver, type Pace, type Phase, type Plan } from './driver.ts'

/** What the generator is told, one after the other. */
export type Order =
  | { do: 'warm-up', plan: Plan, pace: Pace }
  | { do: 'arrive', seconds: number, seed: number }
  | { do: 'ask', pace: Pace }

let driver: ReturnType<typeof createDriver> | undefined

async function obey (order: Order): Promise<Phase> {
  if (order.do === 'warm-up') driver = createDriver(order.plan)
  if (driver === undefined) throw new Error('There is no plan')
  if (order.do === 'warm-up') return await driver.warmUp(order.pace)
  return order.do === 'arrive' ? await driver.arrive(order.seconds, order.seed) : await driver.ask(order.pace)
}

/* A process of its own, first on the machine where that is allowed, since who measures must not wait; its connections end with it. */
goFirst(constants.priority.PRIORITY_HIGHEST)
process.once('disconnect', () => process.exit())
process.on('message', (order: Order) => {
  obey(order).then((phase) => process.send?.(phase), (error: unknown) => { throw error })
})
