import { Double } from 'bson'
import { double, isInt32 } from './values.ts'

/** A number of the engine: int32, double (wrapped or not) or int64. */
export type Numeric = number | bigint | Double

export const isNumeric = (value: unknown): value is Numeric =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Double

type NumericType = 'int' | 'long' | 'double'

export function numericType (value: Numeric): NumericType {
  if (typeof value === 'bigint') return 'long'
  return typeof value === 'number' && isInt32(value) ? 'int' : 'double'
}

interface Operation { exact: (a: bigint, b: bigint) => bigint, floating: (a: number, b: number) => number }

export const SUM: Operation = { exact: (a, b) => a + b, floating: (a, b) => a + b }
export const DIFFERENCE: Operation = { exact: (a, b) => a - b, floating: (a, b) => a - b }
export const PRODUCT: Operation = { exact: (a, b) => a * b, floating: (a, b) => a * b }

const fitsLong = (value: bigint): boolean => BigInt.asIntN(64, value) === value

/** MongoDB's widening: double if either is, else long if either is or the int32 overflows. Undefined when int64 overflows. */
export function exactly (operation: Operation, a: Numeric, b: Numeric): Numeric | undefined {
  const types = [numericType(a), numericType(b)]
  if (types.includes('double')) return double(operation.floating(Number(a), Number(b)))
  const result = operation.exact(BigInt(a as number | bigint), BigInt(b as number | bigint))
  if (types.includes('long') || !isInt32(Number(result))) return fitsLong(result) ? result : undefined
  return Number(result)
}
