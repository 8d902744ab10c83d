import { Type, type Static } from 'typebox'
import type { KeyScope } from './api-keys.ts'
import { FieldsSchema, MoneySchema, PageQuerySchema, TimestampSchema, UserIdSchema } from './common.ts'

export const TIERS = ['free', 'vip', 'analyst', 'admin'] as const
export type Tier = typeof TIERS[number]

export const UsernameSchema = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{2,29}$', examples: ['demo-user'], description: 'Lower-case letters, digits and hyphens, 3 to 30' })
export const PasswordSchema = Type.String({ minLength: 10, maxLength: 128, examples: ['a long password'], description: 'Ten characters or more' })

/** A user as its owner and admins see it. */
export const UserSchema = Type.Object({
  user_id: UserIdSchema,
  username: UsernameSchema,
  tier: Type.Enum(TIERS),
  balance: MoneySchema,
  is_active: Type.Boolean(),
  subscription_expires: Type.Union([TimestampSchema, Type.Null()]),
  referred_by: Type.Union([UserIdSchema, Type.Null()]),
  created_at: TimestampSchema
}, { additionalProperties: false })
export type User = Static<typeof UserSchema>

export const UserParamsSchema = Type.Object({ user_id: UserIdSchema }, { additionalProperties: false })
export const UserQuerySchema = Type.Object({ fields: FieldsSchema(UserSchema) }, { additionalProperties: false })
export const UserListQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  is_active: Type.Optional(Type.Boolean()),
  fields: FieldsSchema(UserSchema)
}, { additionalProperties: false })

export const SignUpSchema = Type.Object({
  username: UsernameSchema,
  password: PasswordSchema,
  referred_by: Type.Optional(UserIdSchema)
}, { additionalProperties: false })
export type SignUp = Static<typeof SignUpSchema>

/** What users may change of themselves; a new password needs the old one. */
export const ProfileChangesSchema = Type.Object({
  username: Type.Optional(UsernameSchema),
  password: Type.Optional(PasswordSchema),
  current_password: Type.Optional(Type.String({ minLength: 1, maxLength: 128, examples: ['demo-password'] }))
}, { additionalProperties: false, minProperties: 1, dependentRequired: { password: ['current_password'], current_password: ['password'] } })
export type ProfileChanges = Static<typeof ProfileChangesSchema>

/** Optimization 5: counted and summed in the database. */
export const UserStatsSchema = Type.Object({
  user_id: UserIdSchema,
  transaction_count: Type.Integer({ minimum: 0 }),
  total_referral_earnings: MoneySchema
}, { additionalProperties: false })
export type UserStats = Static<typeof UserStatsSchema>

/** Who makes a request, as its access token says, or for an API key the database. */
export interface Caller {
  user_id: number
  tier: Tier
  /** The analyst that this user is, if any. */
  analyst_id: string | null
  /** End of the subscription in ms since the epoch, or null. */
  subscription_expires: number | null
  /** The login session, document id in `sessions`; empty for API keys. */
  session_id: string
  /** What an API key may do of what its user may; without it, all. */
  scope?: KeyScope
}

/** Document of `users`. */
export interface UserDocument {
  user_id: number
  username: string
  /** argon2id, PHC string. */
  password_hash: string
  tier: Tier
  /** micro-USDT. */
  balance: number
  is_active: boolean
  subscription_expires: Date | null
  referred_by: number | null
  created_at: Date
  /** Last change of the password; absent if it is still the first. */
  password_changed_at?: Date
}
export type NewUser = Omit<UserDocument, 'user_id'>

/** Document of `sessions`; expires 86400 s after `createdAt`. */
export interface SessionDocument {
  user_id: number
  /** SHA-256 of the part of the refresh token that stays the same, by which every token of the session is known. */
  family_hash: string
  /** SHA-256 of the current refresh token. */
  token_hash: string
  /** That of the token before; null in a session that was never renewed. */
  previous_hash: string | null
  /** Made the current token from the one before, so that whoever sends that again at once gets the same. */
  salt: string
  createdAt: Date
}
