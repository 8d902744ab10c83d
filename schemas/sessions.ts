import { Type, type Static } from 'typebox'
import { IdSchema } from './common.ts'
import { TIERS } from './users.ts'

export const CredentialsSchema = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 64, examples: ['demo-user'] }),
  password: Type.String({ minLength: 1, maxLength: 128, examples: ['demo-password'] })
}, { additionalProperties: false })
export type Credentials = Static<typeof CredentialsSchema>

export const RefreshSchema = Type.Object({
  refresh_token: Type.String({ pattern: '^[A-Za-z0-9_-]{67}$', examples: ['N'.repeat(67)], description: 'Usable once, within 24 hours' })
}, { additionalProperties: false })

/** Answer to a sign-in or a refresh. */
export const TokensSchema = Type.Object({
  access_token: Type.String({ description: 'JWT for `Authorization: Bearer`' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ minimum: 1, description: 'Life of the access token in seconds' }),
  refresh_token: RefreshSchema.properties.refresh_token
}, { additionalProperties: false })
export type Tokens = Static<typeof TokensSchema>

/** Claims of our access tokens, beside those that every verifier checks. */
export const ClaimsSchema = Type.Object({
  sub: Type.String({ pattern: '^[1-9][0-9]{0,15}$', description: 'user_id' }),
  tier: Type.Enum(TIERS),
  analyst_id: Type.Union([IdSchema, Type.Null()]),
  subscription_expires: Type.Union([Type.Integer(), Type.Null()], { description: 'ms since the epoch' }),
  sid: IdSchema
})
export type Claims = Static<typeof ClaimsSchema>
