import fc from 'fast-check'
import type { Shot } from './target.ts'
import { hostileText, hostileValue, valueOf, type Schema } from './values.ts'

interface Parameter { name: string, in: string, required?: boolean, schema: Schema }
export interface Operation {
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}
export type Paths = Record<string, Record<string, Operation>>

/** A request to an operation of the document; `isValid` if nothing in it breaks a schema. */
export interface RestShot extends Shot {
  operation: Operation | undefined
  isValid: boolean
}

interface Parts {
  path: Record<string, unknown>
  query: Record<string, unknown>
  header: Record<string, unknown>
  body: unknown
}

function partsOf ({ parameters = [], requestBody }: Operation, known: readonly string[]): fc.Arbitrary<Parts> {
  function place (name: string) {
    const those = parameters.filter((parameter) => parameter.in === name)
    const required = those.filter((parameter) => parameter.required).map((parameter) => parameter.name)
    return fc.record(Object.fromEntries(those.map((parameter) => [parameter.name, valueOf(parameter.schema, known)])), { requiredKeys: required, noNullPrototype: true })
  }
  const schema = requestBody?.content['application/json']?.schema
  return fc.record({ path: place('path'), query: place('query'), header: place('header'), body: schema === undefined ? fc.constant(undefined) : valueOf(schema, known) })
}

/** One thing made wrong. */
function spoil (parts: Parts, at: number, value: unknown): Parts {
  const places = ['path', 'query', 'body', 'header'] as const
  const place = places[at % places.length] ?? 'body'
  const part = parts[place]
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return { ...parts, body: value }
  const names = [...Object.keys(part), ...place === 'path' ? [] : ['unknown', '__proto__x', 'constructor']]
  const name = names[at % names.length]
  return name === undefined ? { ...parts, body: value } : { ...parts, [place]: { ...part, [name]: value } }
}

/** Text of a value in a URL or a header; lone surrogates have none. */
function textOf (value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : String(JSON.stringify(value))).toString()
}

function shotOf (method: string, path: string, { path: params, query, header, body }: Parts): Shot {
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(textOf(params[name])))
  const search = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(textOf(value))}`).join('&')
  const headers = Object.fromEntries(Object.entries(header).map(([name, value]) => [name, textOf(value).replace(/[^\x20-\x7e]/g, '').slice(0, 4000)]))
  const hasBody = body !== undefined && method !== 'get'
  return {
    method: method.toUpperCase(),
    path: search === '' ? url : `${url}?${search}`,
    headers: { ...headers, ...(hasBody && { 'content-type': 'application/json' }) },
    ...(hasBody && { body: JSON.stringify(body) })
  }
}

/** Valid and nearly valid requests to each operation of an OpenAPI document. */
export function restShots (paths: Paths, known: readonly string[]): fc.Arbitrary<RestShot> {
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
  return fc.constantFrom(...operations).chain(({ path, method, operation }) => fc.record({ parts: partsOf(operation, known), at: fc.nat(40), value: hostileValue, isValid: fc.boolean() })
    .map(({ parts, at, value, isValid }) => ({ ...shotOf(method, path, isValid ? parts : spoil(parts, at, value)), operation, isValid })))
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'SEARCH', 'M-SEARCH']
const TYPES = ['application/json', 'application/json; charset=utf-7', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/graphql', ';', 'a/b;c', 'application/json, text/plain']
const NAMES = ['authorization', 'x-api-key', 'idempotency-key', 'if-match', 'if-none-match', 'accept', 'accept-encoding', 'origin', 'range', 'x-forwarded-for', 'x-request-id', 'content-encoding', 'expect-ct', 'accept-version', 'x-no-compression', 'cookie', 'x-http-method-override']

/** Requests that fit no schema: odd methods, URLs, headers and bodies. */
export function oddShots (paths: Paths): fc.Arbitrary<RestShot> {
  const urls = [...Object.keys(paths), '/', '/graphql', '/docs', '/docs/json', '/openapi.json', '/nowhere', '//', '/v1//signals', '/v1/signals/', '/.', '/*']
  const value = hostileText.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 4000))
  return fc.record({
    method: fc.constantFrom(...METHODS),
    path: fc.tuple(fc.constantFrom(...urls), fc.option(hostileText)).map(([url, text]) => text === null ? url : `${url}?${encodeURI(textOf(text)).replace(/%25/g, '%').slice(0, 6000)}`),
    headers: fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 4, noNullPrototype: true }),
    type: fc.constantFrom(...TYPES),
    body: fc.option(fc.oneof(hostileText, hostileValue.map((value) => String(JSON.stringify(value)))), { nil: undefined })
  }).map(({ type, body, method, ...shot }) => ({
    ...shot,
    method,
    ...(body !== undefined && { body }),
    // without a length of its own, Node.js would send the body of such a request as the next one
    headers: { ...shot.headers, ...(body !== undefined && { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }) },
    operation: undefined,
    isValid: false
  }))
}

/** Bytes that may be no HTTP. */
export const rawBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 300 }),
  fc.tuple(fc.constantFrom('GET / HTTP/1.1\r\nHost: a\r\n', 'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n', 'POST /v1/sessions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n'), fc.uint8Array({ maxLength: 200 }))
    .map(([head, bytes]) => Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n\r\n')]))
)
