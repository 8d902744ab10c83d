import { Type, type Static } from 'typebox'
import { IdSchema, TimestampSchema } from './common.ts'

export const KEY_SCOPES = ['read', 'trade'] as const
/** `read`: what the user may read; `trade`: signals may be published and changed too. */
export type KeyScope = typeof KEY_SCOPES[number]

export const MAX_KEYS_PER_USER = 20

export const NewApiKeySchema = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 80, description: 'What the key is for' }),
  scope: Type.Enum(KEY_SCOPES, { description: '`read`: what you may read; `trade`: signals may be published and changed too' }),
  expires_at: Type.Optional(TimestampSchema)
}, { additionalProperties: false })
export type NewApiKey = Static<typeof NewApiKeySchema>

/** A key as its user sees it; the key itself is shown once. */
export const ApiKeySchema = Type.Object({
  id: IdSchema,
  name: NewApiKeySchema.properties.name,
  prefix: Type.String({ description: 'How the key begins' }),
  scope: NewApiKeySchema.properties.scope,
  is_expired: Type.Boolean(),
  created_at: TimestampSchema,
  expires_at: Type.Union([TimestampSchema, Type.Null()]),
  last_used_at: Type.Union([TimestampSchema, Type.Null()], { description: 'To about a minute' })
}, { additionalProperties: false })
export type ApiKey = Static<typeof ApiKeySchema>

export const CreatedApiKeySchema = Type.Object({
  ...ApiKeySchema.properties,
  key: Type.String({ description: 'For the header `x-api-key`; never shown again' })
}, { additionalProperties: false })
export type CreatedApiKey = Static<typeof CreatedApiKeySchema>

export const ApiKeyParamsSchema = Type.Pick(ApiKeySchema, ['id'], { additionalProperties: false })

/** Document of `api_keys`; a revoked key has none. */
export interface ApiKeyDocument {
  user_id: number
  /** One of as many as a user may have keys; unique with `user_id`, so that the limit holds however many ask at once. */
  slot: number
  name: string
  prefix: string
  /** SHA-256 of the key. */
  key_hash: string
  scope: KeyScope
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
}
