import { Type, type Static } from 'typebox'
import { IdSchema, UserIdSchema } from './common.ts'

/** Units of a caller's budget: an export reads a whole collection, a statement mostly some hundred entries. */
export const EXPORT_COST = 200
export const STATEMENT_COST = 50

export const FORMATS = ['ndjson', 'csv'] as const
export type ExportFormat = typeof FORMATS[number]

const behind = 'Only what stands behind this row: the first column of the last whole row of a cut file'
export const UserExportQuerySchema = Type.Object({ after: Type.Optional({ ...UserIdSchema, description: behind }) }, { additionalProperties: false })
export type UserExportQuery = Static<typeof UserExportQuerySchema>
export const ExportQuerySchema = Type.Object({ after: Type.Optional({ ...IdSchema, description: behind }) }, { additionalProperties: false })
export type ExportQuery = Static<typeof ExportQuerySchema>

export const StatementQuerySchema = Type.Object({
  month: Type.String({ pattern: '^20[0-9]{2}-(0[1-9]|1[0-2])$', examples: ['2026-11'], description: 'Month, UTC' })
}, { additionalProperties: false })

export const STATEMENT_COLUMNS = ['date', 'id', 'kind', 'amount', 'status', 'reference', 'balance'] as const

/** Headers of every file. */
const FILE_HEADERS = {
  'Content-Disposition': Type.String({ description: '`attachment` with the name of the file' }),
  'Accept-Ranges': Type.String({ description: '`none`: a cut file goes on by `after`' })
}

/** An answer that is a file of a type. */
export function FileSchema (type: string, description: string, example: string) {
  return { description, headers: FILE_HEADERS, content: { [type]: { schema: Type.String({ examples: [example] }) } } }
}
