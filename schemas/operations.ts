import { Type, type Static } from 'typebox'

export const HealthSchema = Type.Object({
  status: Type.Literal('ok')
}, { additionalProperties: false, description: 'The process is alive' })

/** Whether this instance may take traffic, and what that rests on. */
export const ReadinessSchema = Type.Object({
  status: Type.Enum(['ready', 'unavailable']),
  database: Type.Enum(['reachable', 'unreachable']),
  indexes: Type.Object({
    status: Type.Enum(['pending', 'ready', 'failed']),
    differences: Type.Integer({ minimum: 0, description: 'Indexes that are missing, differ from their declaration or are not declared' })
  }, { additionalProperties: false })
}, { additionalProperties: false })
export type Readiness = Static<typeof ReadinessSchema>
