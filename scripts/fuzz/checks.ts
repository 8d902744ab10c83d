import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { GraphqlShot } from './graphql.ts'
import type { RestShot } from './rest.ts'
import type { Answer } from './target.ts'

const MAX_MS = 5000
const INSIDE = /node_modules|\bat \w+ \(|MongoError|MongoServer|E11000|FST_ERR/
const CODE = /^[A-Z]+(_[A-Z]+)*$/

const ajv = new Ajv2020({ strict: false })
addFormats.default(ajv)

function assert (holds: unknown, message: string): void {
  if (!holds) throw new Error(message)
}

/** What holds for the answer to whatever was sent: no fault of the server, in time, nothing about the inside. */
export function checkAny ({ status, body, ms }: Answer): void {
  assert(status < 500, `status ${status}: ${body.slice(0, 300)}`)
  assert(ms < MAX_MS, `${ms} ms`)
  assert(status < 400 || !INSIDE.test(body), `tells about the inside: ${body.slice(0, 300)}`)
}

function checkProblem ({ status, type, body }: Answer): void {
  assert(type.startsWith('application/problem+json'), `${status} is of type ${type}`)
  const problem = JSON.parse(body) as { status: number, code: string }
  assert(problem.status === status && CODE.test(problem.code), `no problem details: ${body.slice(0, 300)}`)
}

function checkDescribed ({ method, path, operation }: RestShot, { status, body }: Answer): void {
  const described = operation?.responses[status]
  assert(described, `${method} ${path} answers ${status}, which is not described: ${body.slice(0, 300)}`)
  const schema = described?.content?.['application/json']?.schema
  if (status < 300 && schema !== undefined) assert(ajv.validate(schema, JSON.parse(body)), `not as described: ${ajv.errorsText()}`)
}

/** A problem has a code; the answer to a valid request is one that the document describes. */
export function checkRest (shot: RestShot, answer: Answer): void {
  checkAny(answer)
  if (answer.status >= 400 && answer.body !== '' && !shot.path.startsWith('/graphql')) checkProblem(answer)
  if (shot.isValid) checkDescribed(shot, answer)
}

interface Result {
  data?: unknown
  errors?: { extensions?: { code?: string } }[]
}

function checkResult ({ data, errors = [] }: Result, body: string, isValid: boolean): void {
  const codes = errors.map(({ extensions }) => extensions?.code ?? '')
  for (const code of codes) assert(CODE.test(code) && code !== 'INTERNAL_ERROR', `an error without a code: ${body.slice(0, 300)}`)
  assert(data !== undefined || errors.length > 0, 'neither data nor errors')
  assert(!isValid || !codes.includes('GRAPHQL_PARSE_FAILED'), `not parsed: ${body.slice(0, 300)}`)
}

/** Every error has a code, and none is a fault of the server; what the schema allows is parsed. */
export function checkGraphql ({ isValid }: GraphqlShot, answer: Answer): void {
  checkAny(answer)
  // a batch has a result for each of its requests
  const results = [JSON.parse(answer.body)].flat() as Result[]
  for (const result of results) checkResult(result, answer.body, isValid)
}
