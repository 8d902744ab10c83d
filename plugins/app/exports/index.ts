import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createExportMetrics } from './metrics.ts'
import { createRowStream, type Content } from './row-stream.ts'
import { csvSheet, ndjsonSheet, type Format, type Sheet } from './sheets.ts'
import { createSlots } from './slots.ts'

export type { Content } from './row-stream.ts'
export type { Field, Format } from './sheets.ts'

declare module 'fastify' {
  interface FastifyInstance {
    exports: ReturnType<typeof createExports>
  }
}

/** A file to be sent. */
interface Download<T> {
  filename: string
  /** What it counts as, and whose it is. */
  kind: 'export' | 'statement'
  owner: number
  /** Asks the database; what fails here is answered like every error. */
  open: () => Promise<Content<T>>
}

/** Time that the database gets to close what is open, when the server closes. */
const CLOSE_LIMIT_MS = 1000
/** RFC 9110 §15.5.22. */
const UPGRADE = { upgrade: 'HTTP/1.1', connection: 'upgrade, close' }

function createExports (fastify: FastifyInstance) {
  const { config, httpErrors } = fastify
  const slots = {
    export: createSlots(fastify, { most: config.EXPORTS_MAX, ofOwner: config.EXPORTS_MAX }),
    statement: createSlots(fastify, { most: config.STATEMENTS_MAX, ofOwner: 1 })
  }
  const countEnd = createExportMetrics(fastify, () => slots.export.count + slots.statement.count)
  /** What is being read from the database; each emits `released` when its cursor is closed. */
  const underWay = new Set<Readable>()
  let isClosing = false

  function start<T extends object> (content: Content<T>, giveBack: () => void): Readable {
    const stream = createRowStream(content, {
      stallMs: config.EXPORT_STALL_MS,
      // at the end of the cursor, before the client has the end of the file and asks for another one
      onClosed () {
        if (underWay.delete(stream)) giveBack()
        stream.emit('released')
      }
    })
    underWay.add(stream)
    stream.once('close', () => { countEnd(stream.readableEnded) })
    return stream
  }

  return {
    sheetOf: (format: Format, columns: readonly string[], hasHeader: boolean): Sheet => format === 'csv' ? csvSheet(columns, hasHeader) : ndjsonSheet,

    /** Answers with a file, of any length, in constant memory; 426, 503 `EXPORTS_BUSY` if too many are under way. */
    async send<T extends object> (request: FastifyRequest, reply: FastifyReply, { filename, kind, owner, open }: Download<T>): Promise<FastifyReply> {
      // without chunks the end of the connection is that of the file, also when it breaks
      if (request.raw.httpVersionMinor < 1) throw httpErrors.createError(426, 'A file needs HTTP/1.1, where a cut one is known from a whole one', { headers: UPGRADE })
      const giveBack = slots[kind].take(owner)
      let content: Content<T>
      try {
        content = await open()
        // the first batch, so that a database that is away is answered by an error
        await content.cursor.hasNext()
        if (isClosing) throw httpErrors.serviceUnavailable()
      } catch (error) {
        giveBack()
        throw error
      }
      const stream = start(content, giveBack)
      reply.headers({ 'content-disposition': `attachment; filename="${filename}"`, 'cache-control': 'private, no-store', 'accept-ranges': 'none' })
      return reply.type(content.type).send(stream)
    },

    /** Breaks off all: clients go on elsewhere from the last whole row. */
    async close (): Promise<void> {
      isClosing = true
      const closed = [...underWay].map((stream) => new Promise((resolve) => { stream.once('released', resolve) }))
      for (const stream of underWay) stream.destroy(new Error('The server closes'))
      await Promise.race([Promise.all(closed), delay(CLOSE_LIMIT_MS, undefined, { ref: false })])
    }
  }
}

/**
 * Optimization 6: files of any length, read from a cursor as fast as the client reads, in constant memory; a bounded number at a
 * time. A fault in the middle, or a client that stops reading, breaks the connection: a cut file never looks whole.
 */
export default fp(async function exporting (fastify) {
  /*
   * Where most of what a line of code makes outlives a collection, V8 makes all of it in the old generation from then on. Batches of the
   * driver look so, and each document of an export would lie there as garbage until the heap has grown fourfold. For the whole process.
   */
  setFlagsFromString('--no-allocation-site-pretenuring')
  const service = createExports(fastify)
  fastify.decorate('exports', service)
  fastify.addHook('preClose', async () => { await service.close() })
}, { name: 'exports', dependencies: ['config', 'metrics', 'sensible'] })
