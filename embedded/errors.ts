/** MongoDB's error codes that this engine can answer with. */
const CODES = {
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  InvalidLength: 16,
  ProtocolError: 17,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  DollarPrefixedFieldName: 52,
  Location56: 56,
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
  NoSuchTransaction: 251,
  TransactionCommitted: 256,
  OperationNotSupportedInTransaction: 263,
  DuplicateKey: 11000,
  BSONObjectTooLarge: 10334,
  Location15952: 15952,
  Location15955: 15955,
  Location15959: 15959,
  Location15998: 15998,
  Location17419: 17419,
  Location28818: 28818,
  Location31250: 31250,
  Location31002: 31002,
  Location31254: 31254,
  Location40157: 40157,
  Location40228: 40228,
  Location40234: 40234,
  Location40272: 40272,
  Location40323: 40323,
  Location40324: 40324,
  Location40353: 40353,
  Location40414: 40414,
  Location40415: 40415,
  Location51091: 51091,
  InternalError: 1
} as const

export type CodeName = keyof typeof CODES

/** An answer with `ok: 0`; `details` are further fields of the reply, such as `keyPattern`. */
export class CommandError extends Error {
  readonly code: number
  readonly codeName: CodeName
  readonly details: Record<string, unknown>

  constructor (codeName: CodeName, message: string, details: Record<string, unknown> = {}) {
    super(message)
    this.code = CODES[codeName]
    this.codeName = codeName
    this.details = details
  }
}

export function fail (codeName: CodeName, message: string, details?: Record<string, unknown>): never {
  throw new CommandError(codeName, message, details)
}

const TRANSIENT = { errorLabels: ['TransientTransactionError'] }

export function writeConflict (): CommandError {
  return new CommandError('WriteConflict', 'Write conflict during plan execution and yielding is disabled. Please retry your operation or multi-document transaction.', TRANSIENT)
}

export function noSuchTransaction (number: unknown): CommandError {
  return new CommandError('NoSuchTransaction', `Given transaction number ${String(number)} does not match any in-progress transactions.`, TRANSIENT)
}

/** Whatever was thrown, as MongoDB would say it: mingo's complaints are about what the client sent. */
export function toCommandError (thrown: unknown): CommandError {
  if (thrown instanceof CommandError) return thrown
  return new CommandError('BadValue', (thrown as Error).message)
}
