import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { PROBLEMS } from '../../schemas/common.ts'
import { EXPORT_COST, FileSchema, FORMATS, type ExportFormat } from '../../schemas/exports.ts'
import type { Caller } from '../../schemas/users.ts'
import { createSources, type Source } from './source.ts'

const FILES = {
  ndjson: { type: 'application/x-ndjson', title: 'NDJSON', rows: 'One JSON document in each line, which ends with LF', end: 'LF', example: '{"…":"…"}\n' },
  csv: { type: 'text/csv', title: 'CSV', rows: 'RFC 4180, with a header; texts that a spreadsheet would take for a formula begin with an apostrophe, line breaks within a field are LF', end: 'CRLF', example: 'a,b\r\n1,2\r\n' }
}

/** How a cut file is gone on with. */
function describe (format: ExportFormat): string {
  const { rows, end } = FILES[format]
  return `For admins; audited; not with API keys. ${rows}. In the order of making; rows that are added meanwhile stand at the end, and each row is as it was when it was read.

A file is whole only if the connection has not broken. To go on with one that was cut (decompressed, if it came compressed): remove what stands behind the last ${end}, take the first column of the last row and send it as \`after\`; append the answer${format === 'csv' ? ', which has no header then' : ''}. 400 \`INVALID_CURSOR\` if there is no such row. 503 \`EXPORTS_BUSY\` if too many exports are under way.`
}

/** Whole collections, as files. */
const exporting: FastifyPluginAsyncTypebox = async (fastify) => {
  const { access, auditLog, exports, httpErrors } = fastify

  function add<T extends object, Q extends { after?: unknown }> (source: Source<T, Q>, format: ExportFormat): void {
    const { name, operation, item, query } = source
    const { type, title, example } = FILES[format]

    async function open (caller: Caller, asked: Q) {
      const cursor = await source.rows(asked)
      if (cursor === null) throw httpErrors.createError(400, 'There is no row that `after` names', { code: 'INVALID_CURSOR' })
      const { row, ...sheet } = exports.sheetOf(format, Object.keys(item.properties), asked.after === undefined)
      const present = await source.presentTo(caller)
      return { ...sheet, cursor, row: (document: T) => row(present(document)) }
    }

    fastify.get(`/${name}.${format}`, {
      // HEAD would read the whole collection
      exposeHeadRoute: false,
      config: { access: 'admin', cost: EXPORT_COST, priority: 'export', problems: [426] },
      schema: {
        operationId: `${operation}As${title}`,
        tags: ['exports'],
        summary: `Export all ${name} as ${title}`,
        description: describe(format),
        querystring: query,
        response: { 200: FileSchema(type, 'The file', example), ...PROBLEMS }
      }
    }, async function sendExport (request, reply) {
      const caller = access.requireCaller(request.caller)
      const event = { action: 'export' as const, actor_id: caller.user_id, target: `collection:${name}` }
      return exports.send(request, reply, {
        filename: `${name}.${format}`,
        kind: 'export',
        owner: caller.user_id,
        open: () => auditLog.precede(event, () => open(caller, request.query as Q))
      })
    })
  }

  const { users, transactions, signals } = createSources(fastify)
  for (const format of FORMATS) {
    add(users, format)
    add(transactions, format)
    add(signals, format)
  }
}
export default exporting
