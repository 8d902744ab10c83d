import { Type, type Static } from 'typebox'
import { FieldsSchema, IdSchema, PageQuerySchema, PriceSchema, TimestampSchema } from './common.ts'

export const SIDES = ['buy', 'sell'] as const
export type Side = typeof SIDES[number]
export const SIGNAL_STATUSES = ['active', 'hit', 'stopped', 'cancelled'] as const
export type SignalStatus = typeof SIGNAL_STATUSES[number]

export const SymbolSchema = Type.String({ pattern: '^[A-Z0-9]{5,20}$', examples: ['BTCUSDT'], description: 'Trading pair, such as BTCUSDT' })
const StatusSchema = Type.Enum(SIGNAL_STATUSES)
const TargetsSchema = Type.Array(PriceSchema, { minItems: 1, maxItems: 10 })
const hidden = 'null while the signal is active, except for subscribers, its analyst and admins'

/** A trade signal as a reader sees it. */
export const SignalSchema = Type.Object({
  id: IdSchema,
  analyst_id: IdSchema,
  symbol: SymbolSchema,
  side: Type.Enum(SIDES),
  entry: Type.Union([PriceSchema, Type.Null()], { description: hidden }),
  targets: Type.Union([TargetsSchema, Type.Null()], { description: hidden }),
  stop_loss: Type.Union([PriceSchema, Type.Null()], { description: hidden }),
  status: StatusSchema,
  version: Type.Integer({ minimum: 1, description: 'Grows with every change; the entity tag for `If-Match`' }),
  created_at: TimestampSchema,
  closed_at: Type.Union([TimestampSchema, Type.Null()])
}, { additionalProperties: false })
export type Signal = Static<typeof SignalSchema>

export const SignalParamsSchema = Type.Pick(SignalSchema, ['id'], { additionalProperties: false })
export type SignalParams = Static<typeof SignalParamsSchema>
export const SignalQuerySchema = Type.Object({ fields: FieldsSchema(SignalSchema) }, { additionalProperties: false })
export const AnalystSignalsQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  symbol: Type.Optional(SymbolSchema),
  status: Type.Optional(StatusSchema),
  from: Type.Optional(Type.String({ format: 'date-time', examples: ['2026-11-01T00:00:00Z'], description: 'Created at this time or later' })),
  to: Type.Optional(Type.String({ format: 'date-time', examples: ['2026-12-01T00:00:00Z'], description: 'Created before this time' })),
  fields: FieldsSchema(SignalSchema)
}, { additionalProperties: false })
export const SignalListQuerySchema = Type.Object({
  ...AnalystSignalsQuerySchema.properties,
  analyst_id: Type.Optional(IdSchema)
}, { additionalProperties: false })

export const NewSignalSchema = Type.Object({
  symbol: SymbolSchema,
  side: SignalSchema.properties.side,
  entry: PriceSchema,
  targets: TargetsSchema,
  stop_loss: PriceSchema
}, { additionalProperties: false })
export type NewSignal = Static<typeof NewSignalSchema>

/** What the owner may change; a status other than `active` closes the signal for good. */
export const SignalChangesSchema = Type.Object({
  targets: Type.Optional(TargetsSchema),
  stop_loss: Type.Optional(PriceSchema),
  status: Type.Optional(StatusSchema)
}, { additionalProperties: false, minProperties: 1 })
export type SignalChanges = Static<typeof SignalChangesSchema>

/** Other headers come along, so this one schema is open. */
export const IfMatchSchema = Type.Object({
  'if-match': Type.Optional(Type.String({ maxLength: 500, examples: ['"1"'], description: '`ETag` of the signal as it was read, a list of such, or `*`; required' }))
})

/** Document of `trade_signals`; `_id` and `analyst_id` are ObjectIds, named `TId` because schemas know no driver. */
export interface SignalDocument<TId> {
  analyst_id: TId
  symbol: string
  side: Side
  entry: string
  targets: string[]
  stop_loss: string
  status: SignalStatus
  version: number
  created_at: Date
  closed_at: Date | null
}
