import { Type, type Static } from 'typebox'
import { MoneySchema, PageQuerySchema, TimestampSchema, UserIdSchema } from './common.ts'
import { ProviderIdSchema, ProviderSchema, QualifiedIdSchema } from './payments.ts'

/** What is done about; events of other types are kept and ignored. */
export const PAYMENT_EVENT_TYPES = ['payment.pending', 'payment.failed', 'payment.succeeded', 'payment.refunded'] as const

export const PAYMENT_EVENT_STATUSES = ['received', 'applied', 'ignored', 'failed'] as const
export type PaymentEventStatus = typeof PAYMENT_EVENT_STATUSES[number]

const EventTypeSchema = Type.String({ pattern: '^[a-z][a-z_]{0,31}(\\.[a-z_]{1,32}){0,3}$', examples: ['payment.succeeded'], description: `What happened: ${PAYMENT_EVENT_TYPES.map((type) => `\`${type}\``).join(', ')}; other types are kept and ignored` })

/** Above zero. */
const PaidSchema = Type.String({ ...MoneySchema, pattern: '^(?!0\\.0{6}$)(0|[1-9][0-9]{0,8})\\.[0-9]{6}$', description: 'USDT, six decimals, above zero' })

const PaymentDataSchema = Type.Object({
  payment_id: ProviderIdSchema,
  user_id: UserIdSchema,
  amount: PaidSchema
}, { additionalProperties: false })
export type PaymentData = Static<typeof PaymentDataSchema>

/** A date without a leap second, which no `Date` has. */
const EventTimeSchema = Type.Union([
  Type.String({ format: 'date-time', pattern: 'T\\d\\d:\\d\\d:[0-5]', examples: ['2026-11-26T18:30:00.000Z'] }),
  Type.Integer({ minimum: 0, maximum: 253_402_300_799 })
], { description: 'RFC 3339 date and time, or seconds since 1970' })

/** What a provider sends; `data` of other types is not looked at. */
export const PaymentCallbackSchema = Type.Object({
  id: ProviderIdSchema,
  type: EventTypeSchema,
  created: EventTimeSchema,
  data: Type.Unsafe<Partial<PaymentData>>(Type.Object({}, { examples: [{ payment_id: 'pay_8e03978e', user_id: 42, amount: '10.000000' }], description: 'Of payments: `payment_id`, `user_id` and `amount`' }))
}, {
  additionalProperties: false,
  if: { properties: { type: { enum: PAYMENT_EVENT_TYPES } } },
  then: { properties: { data: PaymentDataSchema } }
})
export type PaymentCallback = Static<typeof PaymentCallbackSchema>

export const PaymentCallbackParamsSchema = Type.Object({ provider: ProviderSchema }, { additionalProperties: false })
export const PaymentReceiptSchema = Type.Object({ id: QualifiedIdSchema }, { additionalProperties: false })

const orNull = <T extends ReturnType<typeof Type.String | typeof Type.Integer>>(schema: T) => Type.Union([schema, Type.Null()])

/** An event as it was received, and what became of it. */
export const PaymentEventSchema = Type.Object({
  id: QualifiedIdSchema,
  provider: ProviderSchema,
  type: EventTypeSchema,
  payment_id: orNull(QualifiedIdSchema),
  user_id: orNull(UserIdSchema),
  amount: orNull(MoneySchema),
  status: Type.Enum(PAYMENT_EVENT_STATUSES, { description: '`received`: waits for its job; `failed`: waits for a person' }),
  reason: Type.Union([Type.String(), Type.Null()], { examples: [null], description: 'Why it is ignored, has failed, or could not be applied yet: `UNKNOWN_TYPE`, `SUPERSEDED`, `MISMATCH`, `DROPPED` by an admin, or the code of an error' }),
  occurred_at: TimestampSchema,
  created_at: TimestampSchema,
  settled_at: orNull(TimestampSchema)
}, { additionalProperties: false })
export type PaymentEvent = Static<typeof PaymentEventSchema>

export const PaymentEventListQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  status: Type.Optional(Type.Enum(PAYMENT_EVENT_STATUSES))
}, { additionalProperties: false })
export const PaymentEventParamsSchema = Type.Object({ id: QualifiedIdSchema }, { additionalProperties: false })

/** Document of `payment_events`, the inbox. */
export interface PaymentEventDocument {
  /** `provider.event_id`: unique without an index that might not be there yet. */
  _id: string
  provider: string
  type: string
  /** `_id` of the payment; null, as the next two, for types that nothing is done about. */
  payment_id: string | null
  user_id: number | null
  /** micro-USDT. */
  amount: number | null
  /** SHA-256 of what the event says: the same event has the same, however it was written. */
  digest: string
  status: PaymentEventStatus
  reason: string | null
  /** When it happened, as the provider says. */
  occurred_at: Date
  created_at: Date
  settled_at: Date | null
}
