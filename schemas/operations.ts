import { Type, type Static } from 'typebox'

export const HealthSchema = Type.Object({
  status: Type.Literal('ok')
}, { additionalProperties: false, description: 'The process is alive' })

const ratio = (description: string) => Type.Number({ minimum: 0, maximum: 1, description })

/** How much of what there is the process used in the last interval. */
export const LoadSchema = Type.Object({
  value: ratio('The largest of the others'),
  cpu: ratio('CPU time, of the cores that the process may use'),
  event_loop: ratio('Share of the time in which the event loop was busy'),
  delay: ratio('Delay of the event loop, of the one that counts as full load'),
  heap: ratio('JavaScript heap, of its limit'),
  memory: ratio('Memory, of what the process may use')
}, { additionalProperties: false })

/** Whether this instance may take traffic, and what that rests on. */
export const ReadinessSchema = Type.Object({
  status: Type.Enum(['ready', 'degraded', 'stopping', 'unavailable'], { description: '`degraded`: the database does not answer now, and what is kept is answered; `unavailable`: it has never answered this instance' }),
  database: Type.Enum(['reachable', 'unreachable']),
  indexes: Type.Object({
    status: Type.Enum(['pending', 'ready', 'failed']),
    differences: Type.Integer({ minimum: 0, description: 'Indexes that are missing, differ from their declaration or are not declared' })
  }, { additionalProperties: false }),
  load: LoadSchema
}, { additionalProperties: false })
export type Readiness = Static<typeof ReadinessSchema>
