import { Type } from 'typebox'
import { TIERS } from './users.ts'

/** How a caller stands with its budget; without limits only `is_limited`. */
export const LimitsSchema = Type.Object({
  is_limited: Type.Boolean({ description: 'Whether this server limits anybody' }),
  policy: Type.Optional(Type.Enum(['anonymous', ...TIERS], { description: 'The tier whose budget it is; without credentials the address has one' })),
  budget: Type.Optional(Type.Integer({ minimum: 1, description: 'Units of cost in a window, when the server is not loaded; an operation that costs more is refused' })),
  quota: Type.Optional(Type.Integer({ minimum: 1, description: 'Units of cost in a window now' })),
  remaining: Type.Optional(Type.Integer({ minimum: 0, description: 'Units left, this request paid' })),
  window_s: Type.Optional(Type.Integer({ minimum: 1, description: 'Length of a window in seconds; what was spent in the last one counts' })),
  reset_s: Type.Optional(Type.Integer({ minimum: 0, description: 'Seconds until the present window ends' })),
  load_factor: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'What budgets are multiplied by under the present load' }))
}, { additionalProperties: false })
