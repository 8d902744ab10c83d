import { Type, type Static, type TObject, type TSchema } from 'typebox'

/** A MongoDB ObjectId as 24 lower-case hexadecimal digits. */
export const IdSchema = Type.String({ pattern: '^[0-9a-f]{24}$', examples: ['64a000020000000000000000'], description: 'Identifier: 24 hexadecimal digits' })

/** An amount in USDT with six decimals, as a string: `"1250.500000"`. Documents hold micro-USDT (10⁻⁶) integers. */
export const MoneySchema = Type.String({ pattern: '^-?(0|[1-9][0-9]{0,8})\\.[0-9]{6}$', examples: ['1250.500000'], description: 'USDT, six decimals' })

/** A price as a decimal string, exactly as the exchange quotes it. */
export const PriceSchema = Type.String({ pattern: '^(0|[1-9][0-9]{0,11})(\\.[0-9]{1,12})?$', examples: ['64250.10'], description: 'Price, a decimal string' })

/** An RFC 3339 date and time in UTC. */
export const TimestampSchema = Type.String({ format: 'date-time', examples: ['2026-11-26T18:30:00.000Z'], description: 'RFC 3339 date and time, UTC' })

export const UserIdSchema = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [42], description: 'Number of a user' })

export const MAX_PAGE_SIZE = 100
export const DEFAULT_PAGE_SIZE = 20

/** Units of a caller's budget: a page costs one, and one more for each 25 items; what hashes a password costs 19 MiB for 20 ms. */
export const LIST_COST = { base: 1, itemsPerUnit: 25 }
export const HASH_COST = 20

/** Largest balance and largest entry, in micro-USDT: what `MoneySchema` can say. */
export const MAX_MONEY = 999_999_999_999_999

/** Header of every write that moves money: the same key and body do it once, however often they are sent in 24 hours. */
export const IdempotencyKeySchema = Type.Object({
  'idempotency-key': Type.String({ pattern: '^[\\x21-\\x7e]{1,255}$', examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'], description: 'Chosen by the client, such as a UUID; up to 255 visible ASCII characters. The same key and body within 24 hours answer the same, and do it once' })
})

/** Query of every list: page size, and the opaque `next_cursor` of the page before. */
export const PageQuerySchema = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: MAX_PAGE_SIZE, default: DEFAULT_PAGE_SIZE, description: 'Most items of the page' }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512, pattern: '^[A-Za-z0-9_-]+$', examples: ['WyJzaWduYWxzIiwxNzk1Mzg1NDYyMDk0XQ'], description: '`next_cursor` of the page before' }))
}, { additionalProperties: false })
export type PageQuery = Static<typeof PageQuerySchema>

/** `?fields=a,b`: names of `item`'s properties, comma-separated; the answer then has just these. */
export function FieldsSchema (item: TObject) {
  const name = `(${Object.keys(item.properties).join('|')})`
  return Type.Optional(Type.String({ pattern: `^${name}(,${name})*$`, maxLength: 500, examples: [Object.keys(item.properties).slice(0, 2).join()], description: 'Comma-separated names; the answer has just these' }))
}

/** A successful answer: its body, what it is, and the headers that come with it. */
export function AnswerSchema<T extends TSchema> (body: T, description: string, headers?: Record<string, TSchema>) {
  return { ...body, description, ...(headers && { headers }) }
}

/** Body of every list. */
export function PageSchema<T extends TSchema> (item: T) {
  const body = Type.Object({
    data: Type.Array(item),
    next_cursor: Type.Union([Type.String(), Type.Null()], { examples: [null], description: '`cursor` of the next page; null on the last' })
  }, { additionalProperties: false })
  return AnswerSchema(body, 'A page', { Link: Type.String({ description: 'URL of the next page, with rel="next"; absent on the last' }) })
}

/** Header of an answer to a creation. */
export const LOCATION = { Location: Type.String({ description: 'URL of what was created' }) }
/** Header of an answer whose body a later `If-Match` may name. */
export const ETAG = { ETag: Type.String({ description: 'Strong entity tag' }) }

/** RFC 9457 problem details, with our `code` and, for validation, each fault with its JSON pointer. */
export const ProblemSchema = Type.Object({
  type: Type.String({ examples: ['about:blank'], description: 'URI reference that names the kind of problem' }),
  title: Type.String(),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  detail: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String({ description: 'Identifier of the request' })),
  code: Type.String({ examples: ['BAD_REQUEST'], description: 'Stable upper-case name of the error, the same as in GraphQL `extensions.code`' }),
  errors: Type.Optional(Type.Array(Type.Object({
    pointer: Type.String({ description: 'Part of the request and JSON pointer into it, such as `body/entry`' }),
    message: Type.String()
  })))
})
export type Problem = Static<typeof ProblemSchema>

/** Statuses of refusals, each with what it means; what a route answers is derived from what it declares. */
export const REFUSALS: Partial<Record<number, string>> = {
  400: 'The request is malformed: `errors` names its parts',
  401: 'No credentials, or none that count',
  403: 'The caller may not do this',
  404: 'There is no such thing, or none that the caller may know of',
  409: 'What is there already is in the way',
  412: '`If-Match` names another version than the present one',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'The request is well-formed, and makes no sense',
  426: 'The request came by HTTP/1.0',
  428: '`If-Match` is missing',
  429: 'Too many requests: `Retry-After` says when to go on',
  503: 'The service is away or too busy: `Retry-After` says when to try again'
}

function problemAnswer (description: string) {
  return { description, content: { 'application/problem+json': { schema: ProblemSchema } } }
}

/** Answers of every route beside its own. */
export const PROBLEMS = {
  '4xx': problemAnswer('The request is at fault: see `code`, and `errors` for its parts'),
  '5xx': problemAnswer('The server is at fault; 503 says in `Retry-After` when to try again')
}
