import { Type, type Static } from 'typebox'
import { FieldsSchema, IdSchema, PageQuerySchema, TimestampSchema, UserIdSchema } from './common.ts'

export const AnalystSchema = Type.Object({
  id: IdSchema,
  user_id: UserIdSchema,
  name: Type.String({ minLength: 1, maxLength: 80, examples: ['Omar Saleh'] }),
  bio: Type.String({ maxLength: 1000 }),
  rank: Type.Number({ minimum: 0, maximum: 1_000_000, description: 'Higher is better' }),
  is_active: Type.Boolean(),
  created_at: TimestampSchema
}, { additionalProperties: false })
export type Analyst = Static<typeof AnalystSchema>

export const AnalystParamsSchema = Type.Pick(AnalystSchema, ['id'], { additionalProperties: false })
export type AnalystParams = Static<typeof AnalystParamsSchema>
export const AnalystQuerySchema = Type.Object({ fields: FieldsSchema(AnalystSchema) }, { additionalProperties: false })

export const ANALYST_SORTS = ['rank', '-created_at'] as const
/** `rank`: best first; `-created_at`: newest first. */
export type AnalystSort = typeof ANALYST_SORTS[number]
export const AnalystListQuerySchema = Type.Object({
  ...PageQuerySchema.properties,
  active: Type.Optional(Type.Boolean({ description: 'Only analysts that are, or are not, active' })),
  sort: Type.Enum(ANALYST_SORTS, { default: 'rank', description: '`rank`: best first; `-created_at`: newest first' }),
  fields: FieldsSchema(AnalystSchema)
}, { additionalProperties: false })

export const NewAnalystSchema = Type.Object({
  user_id: UserIdSchema,
  name: AnalystSchema.properties.name,
  bio: Type.String({ maxLength: 1000, default: '' }),
  rank: Type.Number({ minimum: 0, maximum: 1_000_000, default: 0 }),
  is_active: Type.Boolean({ default: true })
}, { additionalProperties: false })
export type NewAnalyst = Static<typeof NewAnalystSchema>

export const AnalystChangesSchema = Type.Partial(
  Type.Pick(AnalystSchema, ['name', 'bio', 'rank', 'is_active']),
  { additionalProperties: false, minProperties: 1 }
)
export type AnalystChanges = Static<typeof AnalystChangesSchema>

/** Document of `analysts`; its `_id` is an ObjectId. */
export interface AnalystDocument {
  user_id: number
  name: string
  bio: string
  rank: number
  is_active: boolean
  created_at: Date
}
