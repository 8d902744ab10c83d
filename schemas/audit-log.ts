import { Type, type Static } from 'typebox'
import { IdSchema, PageQuerySchema, TimestampSchema, UserIdSchema } from './common.ts'

export const AUDIT_ACTIONS = [
  'sign_in', 'session_reuse', 'sign_out', 'password_change', 'api_key_create', 'api_key_revoke', 'analyst_appoint', 'analyst_update', 'adjustment',
  'withdrawal_address_add', 'withdrawal_address_remove', 'job_retry', 'job_drop', 'withdrawal_resolve', 'export'
] as const
export type AuditAction = typeof AUDIT_ACTIONS[number]

export const AUDIT_OUTCOMES = ['ok', 'refused'] as const
export type AuditOutcome = typeof AUDIT_OUTCOMES[number]

/** An entry of the audit log. */
export const AuditEntrySchema = Type.Object({
  id: IdSchema,
  action: Type.Enum(AUDIT_ACTIONS),
  actor_id: Type.Union([UserIdSchema, Type.Null()], { description: 'Who did it, or whose name was tried; null if there is no such user' }),
  target: Type.Union([Type.String(), Type.Null()], { examples: ['user:42'], description: 'Kind and identifier of what it was done to' }),
  outcome: Type.Enum(AUDIT_OUTCOMES),
  address: Type.Union([Type.String(), Type.Null()], { examples: ['203.0.113.0/24'], description: 'Network of the client' }),
  request_id: Type.Union([Type.String(), Type.Null()], { description: '`instance` of its problems, and `reqId` in the log' }),
  created_at: TimestampSchema
}, { additionalProperties: false })
export type AuditEntry = Static<typeof AuditEntrySchema>

export const AuditLogQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  actor_id: Type.Optional(UserIdSchema)
}, { additionalProperties: false })
export type AuditLogQuery = Static<typeof AuditLogQuerySchema>

/** Document of `audit_log`; its `_id` is an ObjectId. It never has a secret, nor a name that somebody typed. */
export interface AuditEntryDocument {
  action: AuditAction
  actor_id: number | null
  target: string | null
  outcome: AuditOutcome
  address: string | null
  request_id: string | null
  created_at: Date
}
