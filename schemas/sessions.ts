import { Type, type Static } from 'typebox'

export const CredentialsSchema = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 64 }),
  password: Type.String({ minLength: 1, maxLength: 128 })
}, { additionalProperties: false })
export type Credentials = Static<typeof CredentialsSchema>

export const RefreshSchema = Type.Object({
  refresh_token: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'Usable once, within 24 hours' })
}, { additionalProperties: false })

/** Answer to a sign-in or a refresh. */
export const TokensSchema = Type.Object({
  access_token: Type.String({ description: 'JWT for `Authorization: Bearer`' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ minimum: 1, description: 'Life of the access token in seconds' }),
  refresh_token: RefreshSchema.properties.refresh_token
}, { additionalProperties: false })
export type Tokens = Static<typeof TokensSchema>
