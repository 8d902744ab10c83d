import { STATUS_CODES } from 'node:http'
import type { FastifyError } from 'fastify'
import { MongoClientClosedError, MongoError, MongoErrorLabel, MongoNetworkError, MongoNotConnectedError, MongoServerSelectionError, MongoTopologyClosedError } from 'mongodb'
import type { Problem } from '../../../schemas/common.ts'
import { listFaults } from './faults.ts'

const CODES: Partial<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE',
  426: 'UPGRADE_REQUIRED',
  428: 'PRECONDITION_REQUIRED',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE'
}

/** Messages of the framework that would repeat what the client sent. */
const DETAILS: Partial<Record<string, string>> = {
  FST_ERR_BAD_URL: 'The URL is malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the URL is too long'
}

const OWN_CODE = /^(?!FST_)[A-Z]+(_[A-Z]+)*$/
const MAX_DETAIL_LENGTH = 300

/** The last three: it is away, and refused or given up by us. */
const AWAY = [MongoNetworkError, MongoServerSelectionError, MongoClientClosedError, MongoNotConnectedError, MongoTopologyClosedError]

/** Of a write to a connection that its other side has just ended: the driver (7.9) passes on what the socket says. */
const isEnded = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EPIPE' && !hasStatus(error)

const POOL_ERRORS = ['MongoWaitQueueTimeoutError', 'MongoPoolClosedError']

/** Whether the database was known to be away, so that it was not asked at all. */
export const isRefusedAtOnce = (error: unknown): boolean => error instanceof MongoTopologyClosedError

/** Whether the database could not be asked, now: no server, no connection free in time, or a primary just stepping down. */
export function databaseIsAway (error: unknown): boolean {
  if (isEnded(error) || AWAY.some((kind) => error instanceof kind)) return true
  // the driver does not export these classes of its pool
  return error instanceof MongoError && (POOL_ERRORS.includes(error.name) || error.hasErrorLabel(MongoErrorLabel.RetryableWriteError))
}

function hasStatus (error: unknown): error is FastifyError & { statusCode: number } {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode >= 400
}

function describe (status: number, code: string | undefined, detail?: string): Problem {
  const general = CODES[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR')
  return {
    // RFC 9457 §4.2.1: nothing to say beyond the status
    type: code === undefined ? 'about:blank' : `tag:sahm.example,2026:${code.toLowerCase().replaceAll('_', '-')}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: code ?? general,
    ...(detail !== undefined && { detail: detail.slice(0, MAX_DETAIL_LENGTH) })
  }
}

/**
 * What a client is told of an error: business errors as they are, faults of the server by a general text only.
 * Never a stack, a message of the driver, or more than a little of the input.
 */
export function problemOf (error: unknown): Problem {
  if (databaseIsAway(error)) return describe(503, undefined, 'The service is unavailable for the moment')
  if (!hasStatus(error)) return describe(500, undefined, 'Something went wrong on our side')
  const code = OWN_CODE.test(error.code) ? error.code : undefined
  // a code of ours names what is away, such as market data; a text might tell more than that
  if (error.statusCode >= 500) return describe(error.statusCode, error.statusCode === 503 ? code : undefined, 'The service is unavailable for the moment')
  if (error.validation !== undefined) {
    const errors = listFaults(error.validation, error.validationContext)
    return { ...describe(400, 'VALIDATION_FAILED', errors.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')), errors }
  }
  return describe(error.statusCode, code, DETAILS[error.code] ?? error.message)
}
