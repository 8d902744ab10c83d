/** Any function, whatever it takes and returns. */
export type AnyFunction = (...args: never[]) => unknown

/** What a span says of a call; https://opentelemetry.io/docs/specs/semconv. Never a value that somebody has sent. */
export interface Description {
  name: string
  attributes: Record<string, string | number>
  /** For work that was asked for earlier: the `traceparent` of whoever did, if that is known. */
  from?: string | undefined
  /** Whether the call failed although it did not reject. */
  isFailure?: (result: never) => boolean
}
