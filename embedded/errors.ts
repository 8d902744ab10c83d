/** The names of MongoDB's error codes that this engine answers with; the others have none (`Location40324`). */
const NAMES = new Map(Object.entries({
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  InvalidLength: 16,
  ProtocolError: 17,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  DollarPrefixedFieldName: 52,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  WriteConflict: 112,
  CommandNotSupported: 115,
  InvalidPipelineOperator: 168,
  CannotIndexParallelArrays: 171,
  TransactionTooOld: 225,
  NotImplemented: 238,
  ConversionFailure: 241,
  NoSuchTransaction: 251,
  TransactionCommitted: 256,
  OperationNotSupportedInTransaction: 263,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000
}).map(([name, code]) => [code, name]))

/** An answer with `ok: 0`; `details` are further fields of the reply, such as `keyPattern`. */
export class CommandError extends Error {
  readonly code: number
  readonly codeName: string
  readonly details: Record<string, unknown>

  constructor (code: number, message: string, details: Record<string, unknown> = {}) {
    super(message)
    this.code = code
    this.codeName = NAMES.get(code) ?? `Location${code}`
    this.details = details
  }
}

export function fail (code: number, message: string, details?: Record<string, unknown>): never {
  throw new CommandError(code, message, details)
}

/** What a driver may answer by beginning the transaction anew. */
export const transient = (code: 112 | 251, message: string): CommandError =>
  new CommandError(code, message, { errorLabels: ['TransientTransactionError'] })

/** Whatever was thrown, as MongoDB would say it: mingo's complaints are about what the client sent. */
export const toCommandError = (thrown: unknown): CommandError =>
  thrown instanceof CommandError ? thrown : new CommandError(2, (thrown as Error).message)
