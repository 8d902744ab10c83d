/** Thousandths of a unit that an operation costs by itself. */
export const BASE = 1000
/** Thousandths of a unit for an object of the answer. */
export const OBJECT = 20
/** Thousandths of a unit for any other value of the answer. */
export const LEAF = 2
/** Units more for an operation that changes something. */
export const MUTATION_UNITS = 10

/** Thousandths as units, which are whole; fan-out makes numbers that are none any more. */
export function toUnits (thousandths: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(thousandths / 1000))
}

function weigh (value: unknown): number {
  if (typeof value !== 'object' || value === null) return LEAF
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + weigh(item), 0)
  return OBJECT + weighFields(value)
}

function weighFields (object: object): number {
  return Object.values(object).reduce<number>((sum, item) => sum + weigh(item), 0)
}

/** The units of what an answer has in its `data`, at least 1: never more than the price of its operation. Linear in the data. */
export function usedBy (data: unknown): number {
  return toUnits(BASE + (typeof data === 'object' && data !== null ? weighFields(data) : 0))
}
