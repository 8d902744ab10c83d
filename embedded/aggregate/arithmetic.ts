import { Double } from 'bson'
import { DIFFERENCE, exactly, isNumeric, PRODUCT, SUM, type Numeric } from '../bson/numbers.ts'
import { fail } from '../errors.ts'

const isNull = (value: unknown): value is null | undefined => value === null || value === undefined

/** A result as expressions see it: a double with an integral value travels as an int32 from here on. */
const bare = (value: Numeric): number | bigint => value instanceof Double ? value.value : value

/** Unlike updates, expressions turn an int64 that overflows into a double. */
export function combine (operation: typeof SUM, a: Numeric, b: Numeric): number | bigint {
  return bare(exactly(operation, a, b) ?? operation.floating(Number(a), Number(b)))
}

type Calculation = (...numbers: [Numeric, Numeric]) => unknown

/** Null if an argument is null or missing, an error if one is not a number. */
function calculation (name: string, count: number, calculate: Calculation): (args: unknown[]) => unknown {
  return (args) => {
    if (args.length !== count) fail('BadValue', `Expression ${name} takes exactly ${count} arguments. ${args.length} were passed in.`)
    if (args.some(isNull)) return null
    if (!args.every(isNumeric)) fail('TypeMismatch', `${name} only supports numeric types`)
    return calculate(...args as [Numeric, Numeric])
  }
}

const floating = (name: string, calculate: (value: number) => number): [string, (args: unknown[]) => unknown] =>
  [name, calculation(name, 1, (value) => calculate(Number(value)))]

/** Rounding to whole numbers leaves integers, int64 included, as they are. */
const whole = (name: string, round: (value: number) => number): [string, (args: unknown[]) => unknown] =>
  [name, calculation(name, 1, (value) => typeof value === 'bigint' ? value : round(Number(value)))]

function divide (a: Numeric, b: Numeric): number {
  if (Number(b) === 0) fail('BadValue', 'can\'t $divide by zero')
  return Number(a) / Number(b)
}

function modulo (a: Numeric, b: Numeric): unknown {
  if (Number(b) === 0) fail('BadValue', 'can\'t $mod by zero')
  if (typeof a === 'bigint' || typeof b === 'bigint') return Number.isInteger(Number(a)) && Number.isInteger(Number(b)) ? BigInt(a as bigint) % BigInt(b as bigint) : Number(a) % Number(b)
  return Number(a) % Number(b)
}

function addAll (args: unknown[]): unknown {
  if (args.some(isNull)) return null
  const dates = args.filter((value) => value instanceof Date)
  const numbers = args.filter(isNumeric)
  if (dates.length > 1 || dates.length + numbers.length !== args.length) fail('TypeMismatch', '$add only supports numeric or date types')
  const sum = numbers.reduce<number | bigint>((total, value) => combine(SUM, total, value), 0)
  return dates[0] ? new Date(dates[0].getTime() + Number(sum)) : sum
}

function subtract (args: unknown[]): unknown {
  const [from, what] = args
  if (!(from instanceof Date) || isNull(what)) return calculation('$subtract', 2, (a, b) => combine(DIFFERENCE, a, b))(args)
  if (what instanceof Date) return BigInt(from.getTime() - what.getTime())
  return isNumeric(what) ? new Date(from.getTime() - Number(what)) : fail('TypeMismatch', 'can\'t $subtract these types')
}

function multiply (args: unknown[]): unknown {
  if (args.some(isNull)) return null
  if (!args.every(isNumeric)) fail('TypeMismatch', '$multiply only supports numeric types')
  return (args).reduce<number | bigint>((total, value) => combine(PRODUCT, total, value), 1)
}

function halfToEven (value: number): number {
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}

/** Rounds decimal digits, as MongoDB does, not binary ones: 2.675 to 2 places is 2.68. */
function toPlaces (name: string, round: (value: number) => number): (args: unknown[]) => unknown {
  return ([value, place = 0]) => calculation(name, 2, (number, places) => {
    if (typeof number === 'bigint' && Number(places) >= 0) return number
    const text = String(Number(Number(number).toPrecision(15)))
    if (text.includes('e')) fail('NotImplemented', `${name} of a number this large or small is not supported`)
    return Number(`${round(Number(`${text}e${String(places)}`))}e${String(-Number(places))}`)
  })([value, place])
}

export const arithmetic = new Map<string, (args: unknown[]) => unknown>([
  ['$add', addAll],
  ['$subtract', subtract],
  ['$multiply', multiply],
  ['$divide', calculation('$divide', 2, divide)],
  ['$mod', calculation('$mod', 2, modulo)],
  ['$pow', calculation('$pow', 2, (a, b) => Number(a) ** Number(b))],
  ['$abs', calculation('$abs', 1, (value) => value as number < 0 ? combine(DIFFERENCE, 0, value) : value)],
  whole('$ceil', Math.ceil),
  whole('$floor', Math.floor),
  floating('$sqrt', (value) => value < 0 ? fail('BadValue', '$sqrt\'s argument must be greater than or equal to 0') : Math.sqrt(value)),
  floating('$exp', Math.exp),
  floating('$ln', (value) => value <= 0 ? fail('BadValue', '$ln\'s argument must be a positive number') : Math.log(value)),
  ['$round', toPlaces('$round', halfToEven)],
  ['$trunc', toPlaces('$trunc', Math.trunc)]
])
