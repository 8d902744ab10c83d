const FRACTION_DIGITS = 12
const PERMILLE = 1000

/** A decimal text of at most 12 fraction digits as an integer of 10⁻¹²: exact where floats are not. */
export function toUnits (text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'))
}

/** Whether neither price is more than `factor` times the other; the factor counts in thousandths. */
export function isWithin (factor: number, price: string, reference: string): boolean {
  const permille = BigInt(Math.round(factor * PERMILLE))
  const [a, b, one] = [toUnits(price), toUnits(reference), BigInt(PERMILLE)]
  return a * one <= b * permille && b * one <= a * permille
}
