import { Double } from 'bson'
import { DIFFERENCE, exactly, isNumeric, PRODUCT, SUM, type Numeric } from '../bson/numbers.ts'
import { fail } from '../errors.ts'

export type Evaluate = (args: unknown[]) => unknown

export const isNull = (value: unknown): value is null | undefined => value === null || value === undefined

/** As expressions see a number: a double with an integral value travels as an int32; an int64 that overflows becomes a double. */
export function combine (operation: typeof SUM, a: Numeric, b: Numeric): number | bigint {
  const result = exactly(operation, a, b) ?? operation.floating(Number(a), Number(b))
  return result instanceof Double ? result.value : result
}

/** Null if an argument is null or missing, an error if one is not a number. */
function calculation (name: string, count: number, calculate: (a: Numeric, b: Numeric) => unknown): [string, Evaluate] {
  return [name, (args) => {
    if (args.length !== count) fail(16020, `Expression ${name} takes exactly ${count} arguments. ${args.length} were passed in.`)
    if (args.some(isNull)) return null
    return args.every(isNumeric) ? calculate(...args as [Numeric, Numeric]) : fail(14, `${name} only supports numeric types`)
  }]
}

/** Rounding to whole numbers leaves int64 as it is. */
const whole = (name: string, round: (value: number) => number): [string, Evaluate] =>
  calculation(name, 1, (value) => typeof value === 'bigint' ? value : round(Number(value)))

const nonZero = (name: string, value: Numeric): number => Number(value) || fail(2, `can't ${name} by zero`)

function modulo (a: Numeric, b: Numeric): unknown {
  const rest = Number(a) % nonZero('$mod', b)
  return (typeof a === 'bigint' || typeof b === 'bigint') && Number.isSafeInteger(rest) ? BigInt(rest) : rest
}

function add (args: unknown[]): unknown {
  if (args.some(isNull)) return null
  const [date, ...others] = args.filter((value) => value instanceof Date)
  const numbers = args.filter((value) => value !== date)
  if (others.length > 0) fail(16612, 'only one date allowed in an $add expression')
  if (!numbers.every(isNumeric)) fail(14, '$add only supports numeric or date types')
  const sum = (numbers).reduce<number | bigint>((total, value) => combine(SUM, total, value), 0)
  return date ? new Date(date.getTime() + Number(sum)) : sum
}

const [, difference] = calculation('$subtract', 2, (a, b) => combine(DIFFERENCE, a, b))

function subtract (args: unknown[]): unknown {
  const [from, what] = args
  if (!(from instanceof Date) || isNull(what)) return difference(args)
  if (what instanceof Date) return BigInt(from.getTime() - what.getTime())
  return isNumeric(what) ? new Date(from.getTime() - Number(what)) : fail(14, 'can\'t $subtract these types')
}

function multiply (args: unknown[]): unknown {
  if (args.some(isNull)) return null
  if (!args.every(isNumeric)) fail(14, '$multiply only supports numeric types')
  return (args).reduce<number | bigint>((total, value) => combine(PRODUCT, total, value), 1)
}

function halfToEven (value: number): number {
  const below = Math.floor(value)
  return value - below === 0.5 ? below + Math.abs(below % 2) : Math.round(value)
}

/** Rounds decimal digits, as MongoDB does, not binary ones: 2.675 to 2 places is 2.68. */
function toPlaces (name: string, round: (value: number) => number): [string, Evaluate] {
  const [, evaluate] = calculation(name, 2, (number, places) => {
    if (typeof number === 'bigint' && Number(places) >= 0) return number
    const text = String(Number(Number(number).toPrecision(15)))
    if (text.includes('e')) fail(238, `${name} of a number this large or small is not supported`)
    return Number(`${round(Number(`${text}e${String(places)}`))}e${String(-Number(places))}`)
  })
  return [name, ([value, place = 0]) => evaluate([value, place])]
}

export const arithmetic: [string, Evaluate][] = [
  ['$add', add],
  ['$subtract', subtract],
  ['$multiply', multiply],
  calculation('$divide', 2, (a, b) => Number(a) / nonZero('$divide', b)),
  calculation('$mod', 2, modulo),
  calculation('$abs', 1, (value) => value as number < 0 ? combine(DIFFERENCE, 0, value) : value),
  whole('$ceil', Math.ceil),
  whole('$floor', Math.floor),
  toPlaces('$round', halfToEven),
  toPlaces('$trunc', Math.trunc)
]
